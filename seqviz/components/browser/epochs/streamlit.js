import { mounted } from "../streamlit.js";
import { Epochs } from "./index.js";

export default mounted(Epochs);

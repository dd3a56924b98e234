import { mounted } from "../streamlit.js";
import { Lanes } from "./index.js";

export default mounted(Lanes);

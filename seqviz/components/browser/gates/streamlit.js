import { mounted } from "../streamlit.js";
import { Gates } from "./index.js";

export default mounted(Gates);

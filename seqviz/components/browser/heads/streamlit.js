import { mounted } from "../streamlit.js";
import { Heads } from "./index.js";

export default mounted(Heads);

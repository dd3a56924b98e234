import { mounted } from "../streamlit.js";
import { Gaze } from "./index.js";

export default mounted(Gaze);

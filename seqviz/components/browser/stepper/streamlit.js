import { mounted } from "../streamlit.js";
import { Stepper } from "./index.js";

export default mounted(Stepper);

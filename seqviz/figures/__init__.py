"""From arrays to plotly figures, one picture a function. Knows no streamlit and no language."""

"""A trace in, a plotly figure out: one picture, one function. Knows no streamlit."""

"""Sequences made by rule, with the answer known at every step. Knows no model, no streamlit and no plotly."""

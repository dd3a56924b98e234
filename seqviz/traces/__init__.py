"""From a torch module to a frozen record of everything it computed. Knows no streamlit and no plotly."""

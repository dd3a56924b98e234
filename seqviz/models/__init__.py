"""Where a model comes from: shipped checkpoints and the pip-carried MiniLM. Knows no streamlit and no plotly."""

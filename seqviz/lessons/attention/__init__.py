"""The lesson “Attention heatmaps”."""

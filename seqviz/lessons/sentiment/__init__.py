"""The lesson “Train one: sentiment”."""

"""The lesson “Train one: a time series”."""

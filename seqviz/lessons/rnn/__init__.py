"""The lesson “Step an RNN”."""

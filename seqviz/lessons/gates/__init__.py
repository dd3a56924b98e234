"""The lesson “LSTM and GRU gates”."""

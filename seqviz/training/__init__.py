"""How every shipped checkpoint was made; `python -m seqviz.training NAME` makes it again."""

"""The lesson “One sentence, four readers”."""

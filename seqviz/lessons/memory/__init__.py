"""The lesson “Why memory fades”."""

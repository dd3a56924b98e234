"""The lessons: what is one lesson's own, a folder each, and what several share."""

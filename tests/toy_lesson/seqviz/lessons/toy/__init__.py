"""The lesson of which CONTRIBUTING.md shows how it is added."""

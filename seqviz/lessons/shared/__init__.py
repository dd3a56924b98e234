"""What two or more lessons have in common."""

"""A layout for a file never seen: drafted, fitted, checked against its first rows."""

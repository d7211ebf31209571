"""Lists of people that a member brings: read, understood, matched to its own roll."""

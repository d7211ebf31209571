"""A member leaves with everything it has: one encrypted file, and what reads it back."""

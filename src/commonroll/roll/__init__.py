"""A state's file becomes the canonical roll: layout, read, normalise, gate, diff, vault."""

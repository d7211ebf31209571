"""Fields become the columns of the roll: statements compiled from a layout, rows and districts."""

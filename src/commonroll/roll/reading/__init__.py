"""A delivery's bytes become fields: archives, workbooks, lines of every kind, cut into parts."""

"""A dated layout as data: fields, formats, sources, verbs, and the elections and places it names."""

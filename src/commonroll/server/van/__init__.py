"""The VAN-compatible API under `/v4/`: what existing tools speak, answered by the governed view.

`routes` is the table of every path; a module serves some of them (`serves`), `door` is the one way in.
"""

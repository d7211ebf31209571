"""One voter of many in a millisecond: an index beside a snapshot, and numbers that voters keep.

The index stands outside of all grants: whoever finds a row by it reads it again through the governed view.
"""

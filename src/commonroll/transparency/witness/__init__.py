"""A witness: it signs that a log it was shown only grew since it last saw it (c2sp.org/tlog-witness).

It needs no entries and nothing of a federation: a key, a small database, and the public keys of the logs that
it watches. A member runs its own, on a machine of its own.
"""

"""The transparency log: every use of data is recorded, and anybody can check that nothing was taken back.

C2SP formats (tlog-tiles, tlog-checkpoint, tlog-proof, tlog-policy), so programs that we did not write
verify it.
"""

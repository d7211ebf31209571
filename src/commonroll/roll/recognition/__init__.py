"""Which state, role and period a file is, with the evidence and what drifted."""

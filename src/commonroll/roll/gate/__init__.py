"""Whether a candidate may replace the roll: figures, checks and the signed report."""

"""What changed between snapshots: differences, one voter's history, the roll over time."""

"""A delivery staged beside the roll: parts read in lanes, tallied, mended, with room on the disk."""

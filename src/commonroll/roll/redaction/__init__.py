"""A protected voter's rows taken out of snapshots, raw strings and refused lines, as a recorded act."""

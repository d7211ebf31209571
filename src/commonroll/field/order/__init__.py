"""The order in which a turf is walked."""

"""At the door: streets become turf, turf is walked in order, and answers come home."""

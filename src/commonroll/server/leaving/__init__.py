"""What of the operational database a leaving member takes along, and how it comes in elsewhere."""

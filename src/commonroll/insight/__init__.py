"""What voters said, kept apart from what was bought or guessed."""

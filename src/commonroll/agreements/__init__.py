"""What may be seen: signed agreements, the law above them, and the grants they compile to."""

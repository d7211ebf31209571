"""Streets that a member brings: files of a map are read, kept in its vault, and found again around doors."""

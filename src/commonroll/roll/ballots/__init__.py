"""Ballots under way: daily files, what they come to, and how far each county's word reaches."""

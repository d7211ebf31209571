"""Answers on their way back, and what each side gave and got."""

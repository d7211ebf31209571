"""Whose copy is this: marks in modelled numbers, invented voters, and what a leaked file says by them."""

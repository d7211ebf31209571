"""Governed questions: what one member may see of the others' rolls, for one purpose, at one instant."""

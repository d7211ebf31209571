"""Invented people and the official files that would hold them, with the truth beside."""

from commonroll.invented.generate import StateFiles, generate, write_nc_registration

__all__ = ["StateFiles", "generate", "write_nc_registration"]

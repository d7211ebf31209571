"""Backups: a home in one sealed file, consistent while the site runs, and a home made of such a file."""

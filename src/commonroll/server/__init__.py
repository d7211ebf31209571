"""The site and the operational state: Django lives here and nowhere else."""

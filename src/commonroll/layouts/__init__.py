"""What each state's official files look like: data only, one folder per state, read by `roll/layout/`."""

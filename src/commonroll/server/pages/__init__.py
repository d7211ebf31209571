"""Pages: read models, call actions, render. They decide nothing."""

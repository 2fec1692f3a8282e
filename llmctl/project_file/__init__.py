"""A project's configuration as one file: export it, compare it, and apply it."""

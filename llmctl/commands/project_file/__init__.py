"""Commands for a project's configuration as a file."""

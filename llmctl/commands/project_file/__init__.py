"""Commands for a project's configuration as one file; each is a command by itself."""

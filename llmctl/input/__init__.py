"""The values of options, and the sources of secrets."""

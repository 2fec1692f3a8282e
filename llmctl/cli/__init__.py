"""What commands are made of: shared options, usage errors, the commands as data."""

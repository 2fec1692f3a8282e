"""What others rely on to be careful: secrets, private files, strict JSON."""

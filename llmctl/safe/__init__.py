"""Secrets, private files, strict JSON, and signals held back during critical steps."""

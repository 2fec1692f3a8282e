"""Rotation of provider keys: read the state, decide from it, do one write, read again.

The server holds all that a rerun needs: the new key's name says of which key it is the rotation,
until the end. `state` reads, `decide` is pure, `run` does one step at a time.
"""

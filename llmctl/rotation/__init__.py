"""Rotation of provider keys: read a snapshot, decide the next step, do one write, read again.

The server holds everything that a rerun needs: until a rotation finishes, the new key's name
records which key it replaces. `rotate` is the entry; `reader` reads, `next_step` and `rollback`
decide without talking to the server, and `reconcile` does one step at a time.
"""

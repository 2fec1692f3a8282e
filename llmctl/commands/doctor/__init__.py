"""`llmctl doctor`: check settings, connection and rights, and say what to do.

Nothing is written, and every request that could write has a body that servers reject. `local`
checks this machine, `server` and `rights` a project; `generation` guesses the server's, and
`command` prints what they found.
"""

from llmctl.commands.doctor.command import app

__all__ = ["app"]

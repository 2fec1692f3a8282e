"""`python -m llmctl`: the same program as the `llmctl` command."""

import os
import sys

# `-m` looks for modules in the current directory first: a stray requests.py would be run.
if not sys.flags.safe_path and sys.path[0] != os.path.dirname(os.path.dirname(__file__)):
    del sys.path[0]

from llmctl.runtime.process import run

if __name__ == "__main__":
    run()

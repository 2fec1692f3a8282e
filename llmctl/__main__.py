"""`python -m llmctl`: the same program as the `llmctl` command."""

from llmctl.process import run

if __name__ == "__main__":
    run()

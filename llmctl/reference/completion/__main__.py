"""Make the scripts in `completions/`: `python -m llmctl.reference.completion [--check]`."""

from __future__ import annotations

import sys

from llmctl.reference.completion import FILES, Shell, bash, fish, folder, grammar, powershell, zsh

_RENDER = {
    Shell.BASH: bash.render,
    Shell.ZSH: zsh.render,
    Shell.FISH: fish.render,
    Shell.POWERSHELL: powershell.render,
}


def main(argv: list[str]) -> int:
    """Write the scripts; with `--check`, only say whether they are fresh."""
    groups = grammar.groups()
    stale = []
    for shell, name in FILES.items():
        path, text = folder() / name, _RENDER[shell](groups)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if argv != ["--check"]:
                path.write_text(text, encoding="utf-8")
    if stale and argv == ["--check"]:
        print(f"stale: {stale}; run python -m llmctl.reference.completion", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

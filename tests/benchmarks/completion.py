"""One TAB in bash: `python -m tests.benchmarks.completion` prints milliseconds.

The completion function is called in a running bash as TAB calls it, with the clock of bash itself
around it; a thousand ids are in the cache.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from llmctl.config.shells import FILES, Shell
from llmctl.reference.completion import folder

BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")
LINES = {
    "groups": "llmctl ",
    "options": "llmctl provider-keys rotate --",
    "a few of 1,000 ids": "llmctl evaluations get -p sandbox 00f",
    "all of 1,000 ids": "llmctl evaluations get -p sandbox ",
}
RUNS = 50

# COMP_WORDS as bash makes it for these lines, which hold nothing at which it would break a word.
_MEASURE = """
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_WORDS=($1)
[[ $1 != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }
for ((run = 0; run < $2; run++)); do
    start=$EPOCHREALTIME
    _llmctl llmctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    end=$EPOCHREALTIME
    times+=($((${end/./} - ${start/./})))
done
((${#COMPREPLY[@]})) || exit 1
IFS=$'\\n'
sort -n <<<"${times[*]}"
"""


def tab_milliseconds(line: str, *, with_package: bool = False, runs: int = RUNS) -> float:
    """The median time of one TAB at the end of `line`."""
    sources = [folder() / FILES[Shell.BASH]]
    if with_package:
        sources.insert(0, BASH_COMPLETION)
    start_up = "".join(f". '{source}'\n" for source in sources)
    plain = {name: text for name, text in os.environ.items() if not name.startswith("LLMCTL_")}
    with tempfile.TemporaryDirectory() as cache:
        ids = Path(cache) / "ids" / "sandbox" / "evaluations"
        ids.parent.mkdir(parents=True)
        ids.write_text("".join(f"{each:03x}-{each:032x}\tname {each}\n" for each in range(1000)))
        done = subprocess.run(
            ["bash", "--norc", "-c", start_up + _MEASURE, "bash", line, str(runs)],
            env=plain | {"LLMCTL_CACHE_DIR": cache, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        )
    times = [int(text) for text in done.stdout.split()]
    return times[len(times) // 2] / 1000


def main() -> None:
    """Print a table."""
    packages = [False, True] if BASH_COMPLETION.exists() else [False]
    for name, line in LINES.items():
        found = [tab_milliseconds(line, with_package=each) for each in packages]
        print(f"{name:24}" + "".join(f"{each:8.2f} ms" for each in found))


if __name__ == "__main__":
    main()

"""Ask the advisory service about everything in the lock: python .ci/audit.py [--required]

Exit 1 for a known vulnerability that is not waived, and for a waiver whose day is over. Where the
service cannot be reached, this says so; that is a failure only with `--required`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

LOCK = Path(__file__).with_name("requirements.txt")

# What is known and does not touch llmctl: the advisory's id, and until when this is taken as true.
# Each line says why.
WAIVED: dict[str, date] = {
    # "GHSA-xxxx-xxxx-xxxx": date(2027, 1, 31),  # only in a function that llmctl does not call
}


def main(required: bool) -> int:
    over = [name for name, until in WAIVED.items() if until < date.today()]
    if over:
        print(f"waivers whose day is over: {', '.join(over)}")
        return 1
    audited = _audit(required)
    if audited is None:
        print("NOT AUDITED: the advisory service was not reached")
        return int(required)
    found = [f"{package}: {name}" for package, names in audited.items() for name in names]
    print(*found or [f"{len(audited)} packages, no known vulnerability"], sep="\n")
    return int(bool(found))


def _audit(required: bool) -> dict[str, list[str]] | None:
    """Package and version, with the ids of its vulnerabilities; None if not all could be asked.

    pip-audit calls it a success when it could ask about no package at all, so its exit code says
    nothing here.
    """
    waivers = [word for name in WAIVED for word in ("--ignore-vuln", name)]
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off"]
    command += ["--require-hashes", "--disable-pip", "--requirement", str(LOCK), *waivers]
    try:
        done = subprocess.run(
            command,
            timeout=300 if required else 10,
            stdout=subprocess.PIPE,
            stderr=None if required else subprocess.DEVNULL,
            check=False,
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return None
    if not packages or any("skip_reason" in package for package in packages):
        return None
    return {
        f"{package['name']} {package['version']}": [vuln["id"] for vuln in package["vulns"]]
        for package in packages
    }


if __name__ == "__main__":
    sys.exit(main("--required" in sys.argv))

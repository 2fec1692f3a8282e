"""Build the wheel and the sdist twice and compare them byte for byte: python .ci/build.py FOLDER

The two builds have nothing in common but the tracked files: other folders, names, modes, times,
order on disk, time zone, locale, hash seed. A wheel built from the sdist must be the same again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support import KEY, PROVIDER_KEY  # noqa: E402


class Machine(NamedTuple):
    """What differs from one builder's machine to another's."""

    umask: int
    clock: int  # of its files, in seconds since 1970
    environment: dict[str, str]


ONE = Machine(0o022, 1_800_000_000, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"})
OTHER = Machine(
    0o077, 400_000_000, {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}
)
SHARED = [
    "bash-completion/completions/llmctl",
    "fish/vendor_completions.d/llmctl.fish",
    "man/man1/llmctl.1",
    "zsh/site-functions/_llmctl",
]


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="llmctl-build-") as temporary:
        work = Path(temporary)
        tracked = _tracked()
        first = _build(_copy(tracked, work / "a", ONE), ONE)
        second = _build(_copy(tracked[::-1], work / "another place", OTHER), OTHER)
        wheel, sdist = *first.glob("*.whl"), *first.glob("*.tar.gz")
        _same(wheel, second / wheel.name)
        _same(sdist, second / sdist.name)
        shutil.unpack_archive(sdist, work / "unpacked", filter="data")
        (unpacked,) = (work / "unpacked").iterdir()
        _same(wheel, _build(unpacked, OTHER, "--target", "wheel") / wheel.name)
        _check_wheel(wheel)
        _check_paths(wheel, sdist, foreign=[str(work), str(ROOT), sys.prefix])
        shutil.copytree(first, folder, dirs_exist_ok=True)
    print(f"{wheel.name} and {sdist.name}: built twice, the same bytes")


def _tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    return listing.stdout.decode().rstrip("\0").split("\0")


def _copy(names: list[str], target: Path, machine: Machine) -> Path:
    """The named files in another folder, made in that order."""
    for name in names:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, path)
        executable = 0o111 if os.access(ROOT / name, os.X_OK) else 0
        path.chmod((0o666 | executable) & ~machine.umask)
        os.utime(path, (machine.clock, machine.clock))
    return target


def _build(source: Path, machine: Machine, *options: str) -> Path:
    target = source.with_name(f"{source.name} built")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(target), *options],
        cwd=source,
        env=os.environ | machine.environment,
        umask=machine.umask,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return target


def _same(one: Path, other: Path) -> None:
    if one.read_bytes() != other.read_bytes():
        differing = sorted({name for name, _ in set(_members(one)) ^ set(_members(other))})
        sys.exit(f"two builds of {one.name} differ in {', '.join(differing) or 'their frame'}")


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            yield from ((name, file.read(name)) for name in file.namelist())
    else:
        with tarfile.open(archive) as file:
            for member in file:
                content = file.extractfile(member)
                yield member.name, content.read() if content else b""


def _check_wheel(wheel: Path) -> None:
    """The program and nothing else, and none of the tests' keys."""
    members = dict(_members(wheel))
    strange = [name for name in members if not name.startswith(("llmctl/", "posthog_llmctl-"))]
    if strange or "llmctl/py.typed" not in members:
        sys.exit(f"the wheel holds not just the program: {strange}")
    data = f"{wheel.name.partition('-py3')[0]}.data/data/share/"
    missing = {data + name for name in SHARED} - members.keys()
    if missing:
        sys.exit(f"the wheel lacks {missing}")
    for name, content in members.items():
        if any(canary.encode() in content for canary in (KEY, PROVIDER_KEY)):
            sys.exit(f"{name} in the wheel holds a key of the tests")


def _check_paths(*archives: Path, foreign: list[str]) -> None:
    """No path of the machine that built it."""
    for archive in archives:
        for name, content in _members(archive):
            for path in foreign:
                if path.encode() in content:
                    sys.exit(f"{name} in {archive.name} names {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

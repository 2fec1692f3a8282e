"""Check this machine: files, directories, settings and the installation. Nothing is sent."""

from __future__ import annotations

import os
import platform
import shlex
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from llmctl import __version__, paths
from llmctl.cli.argv import Selection
from llmctl.commands.doctor.check import Check, Group, failed, passed, skipped, warned
from llmctl.commands.profiles.show import settings_with_sources
from llmctl.config import ProfileStore, no_project, profile_without_project
from llmctl.config.installer import installer
from llmctl.config.shells import Shell, found_scripts
from llmctl.errors import ConfigError, Hint
from llmctl.output.text import counted

_CONFIG_DIR = "config_dir"


def check_machine() -> list[Check]:
    """Check the files and the installation."""
    return [*_files(), *_installation()]


def _files() -> Iterator[Check]:
    directories = paths.directories()
    directory, reason = directories[_CONFIG_DIR]
    if directory is None:
        yield warned(Group.FILES, "config.toml", f"none: {reason}")
    else:
        store = ProfileStore(Path(directory))
        yield _file(store.config_path, lambda: counted(len(store.profiles()), "profile"))
        yield _file(store.credentials_path, lambda: counted(len(store.keys()), "key"))
    for name, (path, source) in directories.items():
        if path is None:
            yield warned(Group.FILES, name, source)
        else:
            yield _directory(name, Path(path))


def _file(path: Path, read: Callable[[], str]) -> Check:
    """Check one of the two files; `read` returns what is in it."""
    try:
        content = read()
        mode = stat.S_IMODE(path.stat().st_mode)
    except ConfigError as error:
        return failed(Group.FILES, path.name, error)
    except OSError:
        return passed(Group.FILES, path.name, f"{path} does not exist")
    detail = f"{path}: {content}, mode {mode:04o}"
    if mode & 0o022:
        return warned(Group.FILES, path.name, f"{detail}: others can change it", _chmod(600, path))
    return passed(Group.FILES, path.name, detail)


def _directory(name: str, path: Path) -> Check:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return passed(Group.FILES, name, f"{path} does not exist yet")
    except OSError as error:
        return warned(Group.FILES, name, f"cannot read {path}: {error.strerror}")
    detail = f"{path}, mode {mode:04o}"
    if not path.is_dir() or not os.access(path, os.W_OK | os.X_OK):
        return warned(Group.FILES, name, f"{detail}: nothing can be stored there")
    if name == _CONFIG_DIR and mode & 0o022:
        return warned(
            Group.FILES, name, f"{detail}: others can replace the files in it", _chmod(700, path)
        )
    return passed(Group.FILES, name, detail)


def _chmod(mode: int, path: Path) -> Hint:
    return Hint(f"chmod {mode} {shlex.quote(str(path))}")


def _installation() -> Iterator[Check]:
    group = Group.INSTALLATION
    yield passed(group, "llmctl", f"{__version__}, installed with {installer()} in {sys.prefix}")
    yield passed(group, "python", f"{platform.python_version()} on {platform.system()}")
    name = Path(os.environ.get("SHELL", "")).name
    if name not in [*Shell]:
        yield skipped(group, "completion", f"no known shell in SHELL{f': {name}' if name else ''}")
        return
    try:
        scripts = found_scripts(Shell(name))
    except ConfigError as error:
        yield skipped(group, "completion", error.message)
        return
    if scripts:
        yield passed(group, "completion", f"installed for {name}: {scripts[0]}")
    else:
        install = Hint("to install it", ("completion", name, "--install"))
        yield warned(group, "completion", f"not installed for {name}", install)


def check_settings(
    selection: Selection, *, profile_only: bool, timeout: float | None
) -> list[Check]:
    """Check every setting, and show where it comes from; never the key, only its mask.

    With `profile_only`, the project and host variables are ignored. `timeout` is that of the
    option.
    """
    directories = paths.directories()
    findings = [
        each
        for each in settings_with_sources(selection, profile_only=profile_only, timeout=timeout)
        if each.setting not in directories
    ]
    is_broken = any(each.problem for each in findings)
    host = next((each.value for each in findings if each.setting == "host"), None)
    missing = no_project()
    if profile_only and selection.profile and host:
        missing = profile_without_project(selection.profile, host)
    checks = []
    for setting, value, source, problem in findings:
        if problem:
            checks.append(failed(Group.SETTINGS, setting, problem))
        elif value is not None:
            checks.append(passed(Group.SETTINGS, setting, f"{value} ({source})"))
        elif setting == "profile":  # the variable that names one is not used
            checks.append(warned(Group.SETTINGS, setting, source))
        elif is_broken:
            checks.append(skipped(Group.SETTINGS, setting, source))
        else:
            checks.append(failed(Group.SETTINGS, setting, missing))
    return checks

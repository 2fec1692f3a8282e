"""audit: which keys are old, unused, twice there or not ok, for people and for a cron job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.api import connect
from llmctl.cli.options import (
    RETRIES,
    ColumnsOption,
    HostOption,
    OutputOption,
    ProfileOption,
    ProjectOption,
    RetriesOption,
    TimeoutOption,
    VerboseOption,
    examples,
)
from llmctl.commands.provider_keys.group import app
from llmctl.errors import Hint, RejectedError
from llmctl.input.values import parse_age
from llmctl.output import Column, LocalRows, View, note
from llmctl.output.messages import selection

if TYPE_CHECKING:
    from llmctl.rotation.snapshot import Key, Snapshot

COLUMNS = (
    Column("id", whole=True),
    Column("name"),
    Column("provider", shown=False),
    Column("state"),
    Column("active"),
    Column("age_days", "days old"),
    Column("last_used_at", "last used"),
    Column("pinned_evaluations", "pinned"),
    Column("problems", below=True, cell=lambda row: "; ".join(map(str, row["problems"])) or "-"),
)


@app.command(
    "audit",
    epilog=examples(
        "llmctl provider-keys audit --max-age 90d -p sandbox",
        "llmctl provider-keys audit --fail -o json -p sandbox",
    ),
)
def audit(
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="AGE", help="Older keys are too old: 90d, 12h, 2w."),
    ] = None,
    fail: Annotated[
        bool,
        typer.Option(
            "--fail",
            help="Exit 6 if a key in use is not ok or too old, or a needed one is missing.",
        ),
    ] = False,
    profile: ProfileOption = None,
    host: HostOption = None,
    project: ProjectOption = None,
    output: OutputOption = None,
    columns: ColumnsOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = RETRIES,
    verbose: VerboseOption = False,
) -> None:
    """Show age, use, state and problems of every provider key.

    The age counts from when the key was created; a rotation in place does not change it.
    """
    from llmctl.rotation.reader import read_snapshot

    view = View(COLUMNS, output, columns)
    days = parse_age(max_age, option="--max-age")
    client = connect(profile, host, project, timeout=timeout, retries=retries, verbose=verbose)
    snapshot = read_snapshot(client)
    chosen = selection(profile, host, project)
    findings = [_finding(key, snapshot, days, chosen) for key in snapshot.keys]
    view.rows(LocalRows([finding for finding, _ in findings]))
    bad = [str(finding["id"]) for finding, is_alarm in findings if is_alarm]
    alarms = [f"keys in use are not ok or too old: {', '.join(bad)}"] if bad else []
    keyless = [each.id for each in snapshot.evaluations if each.key_id is None]
    if snapshot.active is None and keyless:
        alarms.append(f"there is no active key, and evaluations need one: {', '.join(keyless)}")
    if fail and alarms:
        raise RejectedError("; ".join(alarms))
    for alarm in alarms:
        note(alarm)


def _finding(
    key: Key, snapshot: Snapshot, max_days: float | None, chosen: list[str]
) -> tuple[Any, bool]:
    """What is known about a key, and whether it is an alarm."""
    pinned = len(snapshot.pinned(key.id))
    is_active = snapshot.active == key.id
    age = _age_in_days(key.created_at)
    problems: list[str | Hint] = []
    if key.state != "ok":
        problems.append(f"its state is {key.state}")
    if max_days is not None and age is not None and age > max_days:
        problems.append(f"older than {max_days:g} days")
    is_alarm = bool(problems) and (is_active or pinned > 0)
    if key.tag is not None:
        finish = ("provider-keys", "rotate", *chosen, key.id, "--strategy", "replace", "--finish")
        pending = f"pending rotation of {key.tag.old_id}, to be finished (or --abort)"
        problems.append(Hint(pending, finish))
    elif not is_active and not pinned:
        problems.append("no evaluation uses it")
    twins = [each.id for each in snapshot.keys if each.mask == key.mask and each.id != key.id]
    if twins and key.mask.strip("*"):
        problems.append(f"same mask as {', '.join(twins)}")
    finding = {
        "id": key.id,
        "name": key.name,
        "provider": key.provider,
        "state": key.state,
        "active": is_active,
        "age_days": None if age is None else int(age),
        "last_used_at": key.last_used_at,
        "pinned_evaluations": pinned,
        "problems": problems,
    }
    return finding, is_alarm


def _age_in_days(created_at: object) -> float | None:
    try:
        created = datetime.fromisoformat(str(created_at))
    except ValueError:
        return None
    return (datetime.now(UTC) - created.astimezone(UTC)).total_seconds() / 86400

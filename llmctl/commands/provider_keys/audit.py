"""audit: find keys that are old, unused, duplicated or failing."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmctl.cli.dependencies import Client, shows
from llmctl.cli.injection import command
from llmctl.errors import Hint, RejectedError
from llmctl.input.values import parse_age
from llmctl.output import Column, LocalRows, Printer

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


MaxAgeOption = Annotated[
    float | None,
    typer.Option(
        "--max-age",
        metavar="AGE",
        help="Report keys older than this: 90d, 12h, 2w.",
        parser=functools.partial(parse_age, option="--max-age"),
    ),
]
FailOption = Annotated[
    bool,
    typer.Option(
        "--fail",
        help="Exit 6 if a key in use is too old or its state is not ok, if evaluations need an "
        "active key and there is none, or if an old secret is still to be revoked.",
    ),
]

app = typer.Typer()


@command(
    app,
    "audit",
    "llmctl provider-keys audit --max-age 90d -p sandbox",
    "llmctl provider-keys audit --fail -o json -p sandbox",
)
def audit(
    client: Client,
    out: Annotated[Printer, shows(COLUMNS)],
    max_age: MaxAgeOption = None,
    fail: FailOption = False,
) -> None:
    """Show age, use, state and problems of every provider key.

    The age is the time since the key was created; a rotation in place does not reset it.
    """
    from llmctl.rotation.reader import read_snapshot
    from llmctl.rotation.revocation import due

    snapshot = read_snapshot(client)
    findings = [_finding(key, snapshot, max_age, out.selection) for key in snapshot.keys]
    out.rows(LocalRows([finding for finding, _ in findings]))
    bad = [str(finding["id"]) for finding, is_alarm in findings if is_alarm]
    alarms = []
    owing = [key.id for key in snapshot.keys if due(key)]
    if owing:
        alarms.append(f"old secrets are still to be revoked: {', '.join(owing)}")
    if bad:
        alarms.append(f"keys in use that are too old or whose state is not ok: {', '.join(bad)}")
    keyless = [each.id for each in snapshot.evaluations if each.key_id is None]
    if snapshot.active is None and keyless:
        alarms.append(f"no active key, but evaluations need one: {', '.join(keyless)}")
    if fail and alarms:
        raise RejectedError("; ".join(alarms))
    for alarm in alarms:
        out.note(alarm)


def _finding(
    key: Key, snapshot: Snapshot, max_days: float | None, selection: Sequence[str]
) -> tuple[Any, bool]:
    """Return the row for a key, and True if `--fail` counts its problems as a failure."""
    from llmctl.rotation.revocation import due

    pinned = len(snapshot.pinned(key.id))
    is_active = snapshot.active == key.id
    age = _age_in_days(key.created_at)
    problems: list[str | Hint] = []
    if key.state != "ok":
        problems.append(f"its state is {key.state}")
    if max_days is not None and age is not None and age > max_days:
        problems.append(f"older than {max_days:g} days")
    is_alarm = bool(problems) and (is_active or pinned > 0)
    if key.parts.replaced_by is not None:
        problems.append(f"kept since key {key.parts.replaced_by} replaced it")
    if due(key):
        masks = ", ".join(f"{owed.mask} ({owed.provider})" for owed in due(key))
        problems.append(f"the old secret {masks} is still to be revoked")
    if key.tag is not None:
        finish = ("provider-keys", "rotate", *selection, key.id, "--strategy", "replace")
        pending = (
            f"a rotation of {key.tag.old_id} is pending; finish it (or cancel it with --abort)"
        )
        problems.append(Hint(pending, (*finish, "--finish")))
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

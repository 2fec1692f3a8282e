"""Recipients of an evaluation report (`delivery_targets`): build them, add some, remove some."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from llmctl.api.resources import EVALUATION_REPORTS
from llmctl.cli.injection import Depends
from llmctl.cli.options import text_parser
from llmctl.errors import ConflictError, Hint, NotFoundError, UnavailableError, UsageError
from llmctl.output import note

if TYPE_CHECKING:
    from llmctl.api.client import Client

Target = dict[str, Any]  # such as {"type": "email", "value": ADDRESS}


class Edits(NamedTuple):
    """The recipients to add, and the values that name those to remove."""

    added: list[Target]
    removed: list[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def _edits(
    add_email: Annotated[
        list[str] | None,
        typer.Option(
            "--add-email",
            metavar="ADDRESS",
            help="Add an email recipient; repeatable.",
            parser=text_parser("--add-email", "an address"),
        ),
    ] = None,
    add_slack: Annotated[
        list[str] | None,
        typer.Option(
            "--add-slack",
            metavar="INTEGRATION_ID:CHANNEL",
            help="Add a Slack recipient; repeatable.",
            parser=text_parser("--add-slack", "a recipient"),
        ),
    ] = None,
    remove_target: Annotated[
        list[str] | None,
        typer.Option(
            "--remove-target",
            metavar="VALUE",
            help="Remove a recipient: an address, INTEGRATION_ID:CHANNEL or a channel; repeatable.",
            parser=text_parser("--remove-target", "a recipient"),
        ),
    ] = None,
) -> Edits:
    emails = [email_target(address) for address in add_email or []]
    slacks = [slack_target(text, option="--add-slack") for text in add_slack or []]
    return Edits(emails + slacks, remove_target or [])


RecipientEdits = Annotated[Edits, Depends(_edits)]


def email_target(address: str) -> Target:
    """Return an email recipient."""
    return {"type": "email", "value": address}


def slack_target(text: str, *, option: str) -> Target:
    """Return the Slack recipient for INTEGRATION_ID:CHANNEL. UsageError if the text is another."""
    match = re.fullmatch(r"([0-9]{1,18}):(.+)", text, re.DOTALL)
    if match is None:
        raise UsageError(f"{option} must be INTEGRATION_ID:CHANNEL, e.g. 12:#llm-quality")
    return {"type": "slack", "integration_id": int(match[1]), "channel": match[2]}


def update_recipients(
    client: Client, report_id: str, edits: Edits, fields: dict[str, Any]
) -> dict[str, Any]:
    """Add and remove recipients of a report, set `fields`, and return the report.

    The other recipients are sent back as they were read. ConflictError if the recipients change
    before the write.
    """
    report = client.get(EVALUATION_REPORTS, report_id)
    before = _targets_of(report)
    after = edited(before, edits)
    body = fields if after == before else {**fields, "delivery_targets": after}
    if not body:
        note("nothing to change: the recipients are already there")
        return report
    if "delivery_targets" in body:
        report = client.get(EVALUATION_REPORTS, report_id)
        if _targets_of(report) != before:
            raise ConflictError(
                f"the recipients of evaluation report {report_id} changed meanwhile; "
                "nothing was overwritten",
                hint=Hint("run the command again"),
            )
    return client.update(EVALUATION_REPORTS, report_id, body, before=report)


def edited(targets: list[Target], edits: Edits) -> list[Target]:
    """Return the recipients without those removed, and with those added that are not there yet.

    NotFoundError if one to remove is not there; UsageError if a channel is there more than once.
    """
    gone = [target for value in edits.removed for target in _find(targets, value)]
    left = [target for target in targets if target not in gone]
    for target in edits.added:
        if _key(target) not in map(_key, left):
            left.append(target)
    return left


def _find(targets: list[Target], value: str) -> list[Target]:
    """Return the recipient that a value names, as often as it is in the list."""
    value = value.strip()
    found = [target for target in targets if _key(target) == value.casefold()]
    if not found:
        found = [target for target in targets if target.get("channel") == value]
    if not found:
        there = ", ".join(map(_name, targets)) or "none"
        raise NotFoundError(f"there is no recipient {value}", hint=Hint(f"recipients: {there}"))
    if len({*map(_key, found)}) > 1:
        names = dict.fromkeys(map(_name, found))
        raise UsageError(
            f"{value} names several recipients; nothing was changed",
            hint=Hint(f"give one of: {', '.join(names)}"),
        )
    return found


def _key(target: Target) -> str:
    """Return what two entries of the same recipient have in common: addresses ignore case."""
    return _name(target).casefold()


def _name(target: Target) -> str:
    """Return ADDRESS, INTEGRATION_ID:CHANNEL, or the value of another kind of recipient."""
    if target.get("type") == "email":
        return str(target.get("value")).strip()
    if "channel" in target:
        return f"{target.get('integration_id')}:{target['channel']}"
    return str(target.get("value", target))


def _targets_of(report: dict[str, Any]) -> list[Target]:
    targets = report.get("delivery_targets")
    if not isinstance(targets, list) or not all(isinstance(each, dict) for each in targets):
        raise UnavailableError("unexpected response: the report has no list of recipients")
    return targets

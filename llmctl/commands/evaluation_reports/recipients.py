"""Recipients of an evaluation report (`delivery_targets`): build them, add some, remove some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from llmctl.api.find import find, find_each
from llmctl.api.resources import EVALUATION_REPORTS, SLACK_INTEGRATIONS
from llmctl.cli import completers
from llmctl.cli.injection import Depends
from llmctl.cli.options import text_parser
from llmctl.errors import (
    ConflictError,
    Hint,
    LlmctlError,
    NotFoundError,
    UnavailableError,
    UsageError,
)
from llmctl.input.values import parse_reference
from llmctl.output import note

if TYPE_CHECKING:
    from llmctl.api.client import Client

Target = dict[str, Any]  # such as {"type": "email", "value": ADDRESS}


class SlackTarget(NamedTuple):
    """A Slack recipient as it was given: the integration by name or ID, and the channel."""

    integration: str
    channel: str


class Edits(NamedTuple):
    """The recipients to add, and the values that name those to remove."""

    added: list[Any]  # Target or SlackTarget
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
            metavar="NAME|ID:CHANNEL",
            help="Add a Slack recipient; repeatable.",
            parser=text_parser("--add-slack", "a recipient"),
        ),
        completers.ids("integrations"),
    ] = None,
    remove_target: Annotated[
        list[str] | None,
        typer.Option(
            "--remove-target",
            metavar="VALUE",
            help="Remove a recipient: an address, NAME|ID:CHANNEL or a channel; repeatable.",
            parser=text_parser("--remove-target", "a recipient"),
        ),
    ] = None,
) -> Edits:
    emails = [email_target(address) for address in add_email or []]
    slacks = [slack_target(text, option="--add-slack") for text in add_slack or []]
    return Edits([*emails, *slacks], remove_target or [])


RecipientEdits = Annotated[Edits, Depends(_edits)]


def email_target(address: str) -> Target:
    """Return an email recipient."""
    return {"type": "email", "value": address}


def slack_target(text: str, *, option: str) -> SlackTarget:
    """Return the Slack recipient for NAME:CHANNEL or ID:CHANNEL. UsageError for another text."""
    integration, _, channel = text.rpartition(":")
    is_overlong = integration.isdecimal() and not SLACK_INTEGRATIONS.is_id(integration)
    if is_overlong or not (integration.strip() and channel):
        raise UsageError(
            f"{option} must be NAME:CHANNEL or ID:CHANNEL, e.g. Acme:#llm-quality",
            hint=Hint("list the names and IDs", (SLACK_INTEGRATIONS.command, "list")),
        )
    return SlackTarget(parse_reference(integration, option=option), channel)


def with_integration_ids(client: Client, targets: list[Any]) -> list[Any]:
    """Return the recipients as a request has them; names of integrations are found in one list.

    NotFoundError or UsageError, as `find` raises them.
    """
    given = [each.integration for each in targets if isinstance(each, SlackTarget)]
    ids: dict[str, int] = {}
    for reference, found in zip(given, find_each(client, SLACK_INTEGRATIONS, given), strict=True):
        if isinstance(found, LlmctlError):
            raise found
        ids[reference] = int(found.id)
    return [
        {"type": "slack", "integration_id": ids[each.integration], "channel": each.channel}
        if isinstance(each, SlackTarget)
        else each
        for each in targets
    ]


def update_recipients(
    client: Client, report_id: str, edits: Edits, fields: dict[str, Any]
) -> dict[str, Any]:
    """Add and remove recipients of a report, set `fields`, and return the report.

    The recipients to add have the IDs of their integrations already. The others are sent back as
    they were read. ConflictError if the recipients change before the write.
    """
    report = client.get(EVALUATION_REPORTS, report_id)
    before = _targets_of(report)
    after = edited(before, edits.added, [_with_id(client, before, text) for text in edits.removed])
    body = fields if after == before else {**fields, "delivery_targets": after}
    if not body:
        note("nothing to change: the recipients are as requested")
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


def _with_id(client: Client, targets: list[Target], value: str) -> str:
    """Return ID:CHANNEL for a value that is no recipient, but may be NAME:CHANNEL.

    A value that names no integration either is returned as it is.
    """
    name, _, channel = value.strip().rpartition(":")
    if not name.strip() or SLACK_INTEGRATIONS.is_id(name) or _matching(targets, value):
        return value
    try:
        return f"{find(client, SLACK_INTEGRATIONS, name).id}:{channel}"
    except NotFoundError:
        return value


def edited(targets: list[Target], added: list[Target], removed: list[str]) -> list[Target]:
    """Return the recipients without those removed, and with those added that are not there yet.

    NotFoundError if one to remove is not there; UsageError if a channel is there more than once.
    """
    gone = [target for value in removed for target in _find(targets, value)]
    left = [target for target in targets if target not in gone]
    for target in added:
        if _key(target) not in map(_key, left):
            left.append(target)
    return left


def _find(targets: list[Target], value: str) -> list[Target]:
    """Return the recipient that a value names, as often as it is in the list."""
    found = _matching(targets, value)
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


def _matching(targets: list[Target], value: str) -> list[Target]:
    """Return the recipients whose address, ID:CHANNEL or channel the value is."""
    value = value.strip()
    found = [target for target in targets if _key(target) == value.casefold()]
    return found or [target for target in targets if target.get("channel") == value]


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

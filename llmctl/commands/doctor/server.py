"""Check a project on its server: connection, key, project, rights and evaluations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llmctl.api.operation import Operation
from llmctl.api.personal_key_check import projects_of, refuse_other
from llmctl.api.resources import CURRENT_USER, PROJECTS, Target
from llmctl.commands.doctor.check import Check, Group, Status, failed, passed, skipped, warned
from llmctl.commands.doctor.evaluations import check_evaluations
from llmctl.commands.doctor.generation import Generation, guess
from llmctl.commands.doctor.requirements import check_required
from llmctl.commands.doctor.rights import (
    Answer,
    Right,
    Verdict,
    ask,
    rights_of,
    try_reads,
    try_writes,
)
from llmctl.config import SANDBOX
from llmctl.errors import DeniedError, Hint, LlmctlError
from llmctl.http.ca_bundle import ca_bundle

if TYPE_CHECKING:
    from llmctl.api.client import Client

MAX_SKEW = 60.0  # seconds
_LATER = {
    Group.NETWORK: "connection",
    Group.ACCESS: "key",
    Group.RIGHTS: "rights",
    Group.EVALUATIONS: "working keys",
}


@dataclass
class Findings:
    """The checks of a project, the rights of its key, and a guess about its server."""

    checks: list[Check]
    rights: list[Right] = field(default_factory=list)
    generation: Generation | None = None


def skip_server(reason: str, groups: Collection[Group] = tuple(_LATER)) -> list[Check]:
    """Return a skipped check for each of these groups."""
    return [skipped(group, name, reason) for group, name in _LATER.items() if group in groups]


def examine(client: Client, project: str | None, required: Collection[str]) -> Findings:
    """Examine a project; without one, only the connection and the key. Nothing is written."""
    was_remembered = client.prefix.is_remembered
    first = ask(client, Operation("GET", Target(CURRENT_USER)))
    checks = [*_network(client, first)]
    later = (Group.ACCESS, Group.RIGHTS, Group.EVALUATIONS)
    if any(check.status is Status.FAILED for check in checks):
        return Findings([*checks, *skip_server("the server cannot be reached", later)])
    if (first.is_refused or first.is_lost) and first.error:
        checks.append(failed(Group.ACCESS, "key", first.error))
        reason = "the key was not accepted" if first.is_refused else "the key could not be checked"
        return Findings([*checks, *skip_server(reason, later[1:])])
    if project is None:
        checks += [_key(first), _known_projects(first)]
        return Findings([*checks, *skip_server("no project is set", later[1:])])
    named = ask(client, Operation("GET", Target(PROJECTS, project)))
    reads = {"project": named} if named.is_lost else try_reads(client)
    refused = next((each for each in reads.values() if each.is_refused), None)
    if refused is not None and refused.error:
        checks.append(failed(Group.ACCESS, "key", refused.error))
        return Findings([*checks, *skip_server("the key was not accepted", later[1:])])
    checks += [_key(first), _project(project, first, named, reads)]
    if checks[-1].status is Status.FAILED:
        return Findings([*checks, *skip_server("the project cannot be reached", later[1:])])
    writes: dict[str, Answer] = {}
    if not any(each.is_lost for each in reads.values()):
        writes = try_writes(client)
    lost = next((each for each in (*reads.values(), *writes.values()) if each.is_lost), None)
    if lost is not None and lost.error:
        checks.append(failed(Group.RIGHTS, "rights", lost.error))
        return Findings([*checks, *skip_server("the rights could not be checked", later[2:])])
    rights = rights_of(reads, writes)
    others = {"user": first, "project": named}
    generation = guess(reads, rights)
    checks += [
        _prefix(client, reads, was_remembered=was_remembered),
        passed(Group.ACCESS, "generation", generation.text),
        _readable(rights, reads),
        *check_required(required, rights, generation, others, client.origin),
        *check_evaluations(client, reads["provider-keys"].cell.verdict),
    ]
    return Findings(checks, rights, generation)


def _network(client: Client, answer: Answer) -> Iterator[Check]:
    group = Group.NETWORK
    if answer.response is None:
        assert answer.error is not None
        hint = answer.error.hint or Hint("check the host, the network and HTTPS_PROXY")
        yield failed(group, "connection", answer.error.restated(answer.error.message, hint))
        return
    seconds = f"response in {answer.seconds:.2f} s"
    if client.profile == SANDBOX:
        yield passed(group, "connection", "none: the sandbox runs in this process")
    else:
        yield from _connection(client, answer, seconds)
    yield _clock(answer)
    problem = _not_posthog(answer)
    if problem is not None:
        yield failed(group, "answer", problem)


def _connection(client: Client, answer: Answer, seconds: str) -> Iterator[Check]:
    group = Group.NETWORK
    found = answer.response.connection if answer.response else None
    peer = f" ({found.peer})" if found else ""
    if found is not None and found.proxy:
        yield passed(group, "connection", f"{client.origin} through a proxy, {seconds}")
        yield passed(group, "proxy", f"{found.proxy}{peer}")
    else:
        yield passed(group, "connection", f"{client.origin}{peer}, without a proxy, {seconds}")
    if urlsplit(client.origin).scheme == "https":
        issuer = f"certificate issued by {found.issuer}" if found and found.issuer else ""
        parts = [found.tls if found else None, issuer, f"trusted: {ca_bundle()}"]
        yield passed(group, "tls", ", ".join(part for part in parts if part))
    else:
        yield passed(group, "tls", "none: plain HTTP to this machine")


def _clock(answer: Answer) -> Check:
    server = answer.response.answered_at if answer.response else None
    if server is None:
        return skipped(Group.NETWORK, "clock", "the server does not send the time")
    ahead = (datetime.now(UTC) - server).total_seconds()
    # The server's clock is in whole seconds, and some time passed on the way.
    if abs(ahead) <= MAX_SKEW + answer.seconds:
        return passed(Group.NETWORK, "clock", "agrees with the server's")
    how = f"{_duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the server's"
    return warned(Group.NETWORK, "clock", f"this machine's is {how}", Hint("set the clock"))


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _not_posthog(answer: Answer) -> LlmctlError | None:
    """Return the error if the answer is not from PostHog's API."""
    if answer.error is not None:
        return None if answer.detail is not None else answer.error
    try:
        refuse_other(answer.body)
    except LlmctlError as error:
        return error
    return None


def _key(first: Answer) -> Check:
    """Return the check of a key that some response has accepted or may accept."""
    if first.error is None:
        email = first.body.get("email")
        return passed(Group.ACCESS, "key", f"accepted{f'; it belongs to {email}' if email else ''}")
    cell = first.cell
    if cell.scope:
        return passed(Group.ACCESS, "key", f"accepted (without {cell.scope}, its user is unknown)")
    return warned(Group.ACCESS, "key", f"its user cannot be read: {first.error.message}")


def _known_projects(first: Answer) -> Check:
    known = projects_of(first.body)
    names = ", ".join(f"{each.id} ({each.name})" for each in known)
    hint = Hint(f"choose one with --project: {names}") if known else None
    return Check(Group.ACCESS, "project", Status.SKIPPED, "no project is set", hint)


def _project(project: str, first: Answer, named: Answer, reads: Mapping[str, Answer]) -> Check:
    group = Group.ACCESS
    for answer in reads.values():
        if answer.is_of_no_project and answer.error:
            return failed(group, "project", answer.error)
    cells = [answer.cell for answer in reads.values()]
    # Whether the key may use the project is checked before its scopes.
    if any(cell.verdict is Verdict.YES or cell.scope for cell in cells):
        name = named.body.get("name") or _name_of(project, first)
        return passed(group, "project", f"{project}{f' ({name})' if name else ''}")
    for answer in reads.values():
        if isinstance(answer.error, DeniedError) and answer.cell.verdict is Verdict.NO:
            return failed(group, "project", answer.error)
    for answer in reads.values():
        if answer.error is not None and answer.cell.verdict is Verdict.UNKNOWN:
            return failed(group, "project", answer.error)
    return warned(group, "project", f"{project}: cannot tell")


def _name_of(project: str, first: Answer) -> str | None:
    """Return the name of a project that the user's own data shows."""
    if project == "@current":
        team = first.body.get("team")
        return str(team["name"]) if isinstance(team, dict) and team.get("name") else None
    return next((each.name for each in projects_of(first.body) if each.id == project), None)


def _prefix(client: Client, reads: Mapping[str, Answer], *, was_remembered: bool) -> Check:
    prefix = client.prefix
    path = f"/api/{prefix.name}/"
    if prefix.is_fixed:
        is_old = any(
            each.response is not None and "Deprecation" in each.response.headers
            for each in reads.values()
        )
        if is_old and prefix.name == "environments":
            detail = f"{path}, set by the profile, and deprecated on this server"
            return warned(Group.ACCESS, "prefix", detail)
        return passed(Group.ACCESS, "prefix", f"{path}, set by the profile")
    if was_remembered:
        return passed(Group.ACCESS, "prefix", f"{path}, remembered for this host")
    is_default = prefix.name == "environments"
    how = "the default" if is_default else "detected"
    return passed(Group.ACCESS, "prefix", f"{path}, {how}")


def _readable(rights: list[Right], reads: Mapping[str, Answer]) -> Check:
    """Return the check that something can be read. It fails only if nothing can."""
    verdicts = [right.read.verdict for right in rights if right.read is not None]
    count, most = verdicts.count(Verdict.YES), len(verdicts) - verdicts.count(Verdict.CLOSED)
    how_many = f"all {most}" if count == most else f"{count} of {most}"
    detail = f"the key can read {how_many} resources"
    if count:
        return passed(Group.RIGHTS, "rights", detail)
    for kind in (DeniedError, LlmctlError):
        for answer in reads.values():
            if isinstance(answer.error, kind):
                nothing = answer.error.restated(
                    f"nothing can be read: {answer.error.message}", answer.error.hint
                )
                return failed(Group.RIGHTS, "rights", nothing)
    return warned(Group.RIGHTS, "rights", detail)

"""api: any request to the API."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import unquote, urlencode

import typer

from llmctl.api import resources
from llmctl.api.operation import Operation
from llmctl.api.paging import Paging
from llmctl.api.resources import Resource, Target
from llmctl.cli import completers
from llmctl.cli.dependencies import Confirmation, Selection, Server
from llmctl.cli.injection import Depends, command
from llmctl.cli.options import ColumnsOption, DryRunOption, OutputOption, YesOption
from llmctl.errors import DryRun, UsageError
from llmctl.input.raw_request import (
    METHODS,
    RawPath,
    parse_method,
    parse_path,
    query_fields,
    raw_body,
)
from llmctl.input.values import one_reader_of_stdin, stdin_of_fields
from llmctl.output import ID, Column, LocalRows, Printer, note, write
from llmctl.output.formats import OutputFormat, choose_format, default_format
from llmctl.output.sanitize import log_line, visible
from llmctl.safe.secret import MASK

if TYPE_CHECKING:
    from llmctl.api.client import Client
    from llmctl.http import Response


_LEAST = 12  # the width of a column, at least
# The ends of paths that send mail or spend money when they are written to.
_COSTLY = (
    "generate",
    "evaluation_runs",
    "backfills",
    "evaluation_summary",
    "summarization",
    "translate",
)
_KNOWN_PATHS = dict.fromkeys(
    each.path for each in vars(resources).values() if isinstance(each, Resource)
)


class RawRequest(NamedTuple):
    """A request, and its consequence for the question; None if there is no question."""

    operation: Operation
    consequence: str | None


MethodArgument = Annotated[
    str,
    typer.Argument(
        metavar="METHOD",
        help="GET, POST, PUT, PATCH or DELETE.",
        show_default=False,
        parser=parse_method,
    ),
    completers.words(*METHODS),
]
PathArgument = Annotated[
    RawPath,
    typer.Argument(
        metavar="PATH",
        help="Relative to the project, or starting with /api/; may have a query.",
        show_default=False,
        parser=parse_path,
    ),
    completers.words(*_KNOWN_PATHS),
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        "-f",
        metavar="FIELD=VALUE",
        help="Field of the body, or of a GET's query; repeatable.",
    ),
]
BodyOption = Annotated[
    str | None,
    typer.Option("--data", "-d", metavar="JSON", help="Body: any JSON, @FILE or -."),
    completers.AT_FILE,
]
PaginateOption = Annotated[
    bool, typer.Option("--paginate", help="Read all pages of a list and print its rows.")
]
IncludeOption = Annotated[
    bool, typer.Option("--include", "-i", help="Print the status and headers first.")
]


def _request(
    method: MethodArgument,
    path: PathArgument,
    field: FieldOption = None,
    data: BodyOption = None,
    paginate: PaginateOption = False,
    include: IncludeOption = False,
) -> RawRequest:
    is_read = method == "GET"
    if paginate and not is_read:
        raise UsageError("--paginate only works with GET")
    if paginate and include:
        raise UsageError("--paginate and --include cannot be combined")
    if is_read and data is not None:
        raise UsageError("a GET has no body: use --field or a query instead of --data")
    fields = field or ()
    one_reader_of_stdin(field=stdin_of_fields(fields), data=data)
    target = Target(Resource("api", "response", path.path, is_raw=True))
    if is_read:
        query = path.query + query_fields(fields)
        return RawRequest(Operation(method, target, query), None)
    operation = Operation(method, target, path.query, raw_body(data, fields))
    return RawRequest(operation, _consequence(method, path.path))


def _consequence(method: str, path: str) -> str | None:
    """Return the consequence for the question before a request; None if there is no question."""
    if method == "DELETE":
        return "This cannot be undone."
    end = unquote(path.rstrip("/").rpartition("/")[2])
    name = end.partition(".")[0].casefold()  # servers also route `generate.json`
    return "This may send mail and cost money." if name in _COSTLY else None


def _confirmation(
    request: Annotated[RawRequest, Depends(_request)],
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> Confirmation:
    return Confirmation(yes=yes or request.consequence is None, dry_run=dry_run)


class Format(NamedTuple):
    """The output format, the chosen columns, and the options that select the project."""

    output: OutputFormat
    columns: str | None
    selection: tuple[str, ...]

    def printer(self, fields: Iterable[str] = ()) -> Printer:
        """Return the printer for objects with these fields. A table drops the last ones first."""
        chosen = [name.strip().partition(".")[0] for name in (self.columns or "").split(",")]
        known = dict.fromkeys([*fields, *filter(None, chosen)])
        columns = [
            ID if name == "id" else Column(name, rank=place, least=_LEAST)
            for place, name in enumerate(known)
        ]
        return Printer(columns, self.output, self.columns, self.selection)


def _format(
    selection: Selection, output: OutputOption = None, columns: ColumnsOption = None
) -> Format:
    """Return the format: JSON, unless another one or columns were asked for."""
    chosen = OutputFormat.JSON
    if output is not None or os.environ.get("LLMCTL_OUTPUT"):
        chosen = choose_format(output)
    elif columns is not None:
        chosen = default_format()
    form = Format(chosen, columns, selection.words)
    form.printer(["id"])  # so that columns are checked before anything is sent
    return form


def _connect(server: Server, dry_run: DryRunOption = False) -> Client:
    return server.connect(dry_run=dry_run, needs_project=False)


if not TYPE_CHECKING:
    Client = Any
# A client that needs no project for a path below the host.
AnyClient = Annotated[Client, Depends(_connect, is_last=True)]

app = typer.Typer(rich_markup_mode=None)


@command(
    app,
    "api",
    "llmctl api GET 'evaluations/?enabled=true' --paginate -p sandbox",
    "llmctl api GET /api/users/@me/ --include -p sandbox",
    "llmctl api POST llm_analytics/clustering_jobs/ --field name=x \\",
    "  --field analysis_level=trace --dry-run -p sandbox",
)
def api(
    request: Annotated[RawRequest, Depends(_request)],
    confirm: Annotated[Confirmation, Depends(_confirmation)],
    form: Annotated[Format, Depends(_format)],
    client: AnyClient,
    paginate: PaginateOption = False,
    include: IncludeOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Send any request to the API, and print the response as JSON.

    Uses the profile's host, project and key. In --field, true, false, null, whole numbers, JSON
    objects and JSON arrays are sent as such, anything else as text; @FILE and - are read. Asks
    before DELETE, and before requests that may send mail or cost money. Unlike other commands, it
    does not check what the server stored.
    """
    operation = request.operation
    target = operation.target
    if dry_run:
        raise DryRun(client.curl(operation.method, target, operation.query, operation.body))
    if request.consequence is not None:
        place = f"{target.path}?{urlencode(operation.query)}" if operation.query else target.path
        if not target.is_absolute:
            place = f"{place} in project {client.project}"
        question = f"Send {operation.method} {place} to {client.origin}? {request.consequence}"
        confirm(question)
    if paginate:
        _print_list(client, operation, form)
        return
    response, error = client.exchange(operation)
    if include:
        _print_head(response)
    if error is not None:
        raise error
    if response.is_empty:
        note(f"the server returned {response.status} without content")
    else:
        _print(response.body, form)


def _print_list(client: Client, operation: Operation, form: Format) -> None:
    """Print the rows of all pages. A `limit` in the query is the size of a page."""
    bounds = {
        name: int(text)
        for name, text in operation.query
        if name in ("limit", "offset") and re.fullmatch("[0-9]{1,9}", text)
    }
    others = tuple(each for each in operation.query if each[0] not in bounds)
    paging = Paging(size=bounds.get("limit"), offset=bounds.get("offset"))
    rows = client.list(operation.target.resource, paging, others)
    if form.output in (OutputFormat.JSON, OutputFormat.JSONL):
        form.printer().rows(rows)
    else:
        from llmctl.output.progress import track

        collected = LocalRows(track(rows))
        collected.missing = rows.missing
        collected.changed_while_reading = rows.changed_while_reading
        _print_rows(collected, form)


def _print(value: Any, form: Format) -> None:
    """Print any JSON. Formats other than JSON show the rows of a list, or of a page of one."""
    found = value.get("results") if isinstance(value, dict) else value
    rows = found if isinstance(found, list) else None
    if form.output is OutputFormat.JSON or (form.output is OutputFormat.JSONL and rows is None):
        form.printer().item(value)
    elif rows is not None or form.output is OutputFormat.IDS:
        _print_rows(LocalRows([value] if rows is None else rows), form)
    else:
        item = value if isinstance(value, dict) else {"value": value}
        form.printer(item).item(item)


def _print_rows(rows: LocalRows, form: Format) -> None:
    """Print the rows of a list. What is no object is shown as a field, `value`."""
    if form.output is OutputFormat.JSONL:
        form.printer().rows(rows)
        return
    count = len(rows)
    rows[:] = [row if isinstance(row, dict) else {"value": row} for row in rows]
    fields = dict.fromkeys(name for row in rows for name in row)
    if form.output is OutputFormat.IDS:
        rows[:] = [row for row in rows if "id" in row]
        fields = {"id": None}
        if count and not rows:
            note("no object in the response has an ID")
    if fields or form.columns:
        form.printer(fields).rows(rows)
    else:
        note("nothing found")


def _print_head(response: Response) -> None:
    """Print the status line and the headers, without cookies, which are secrets."""
    from http import HTTPStatus

    phrases = {each.value: each.phrase for each in HTTPStatus}
    lines = [f"HTTP/1.1 {response.status} {phrases.get(response.status, '')}".rstrip()]
    for name, text in response.headers.items():
        lines.append(f"{name}: {MASK if name.lower() == 'set-cookie' else text}")
    write("".join(f"{log_line(visible(line))}\n" for line in (*lines, "")))

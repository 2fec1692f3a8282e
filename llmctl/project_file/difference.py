"""A plan as text for people, as Markdown and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from llmctl.api.resources import Object
from llmctl.output.difference import (
    BOLD,
    DIM,
    GAP,
    GREEN,
    RED,
    YELLOW,
    difference_lines,
    styled_text,
)
from llmctl.output.sanitize import log_line, visible
from llmctl.output.text import counted, json_text
from llmctl.project_file.comparison import Part, parts
from llmctl.project_file.kinds import Field, Type
from llmctl.project_file.model import ABSENT, Change, FieldChange, Plan, Project

Mark = Literal["+", "-", "~", " "]

_SHORT = 50  # characters of a value on the line of its field
_CONTEXT = 2  # lines around a difference
_MAX_CONTEXT = 70  # characters of such a line
_INDENT = "    "
_COMMENT = 60_000  # characters; GitHub refuses a comment with more than 65,536
_FOLDED = 40  # lines; a longer plan is folded in Markdown
_STYLES = {"+": GREEN, "-": RED, "~": YELLOW, " ": None}
_MARKS: dict[str, Mark] = {"create": "+", "change": "~", "delete": "-", "disable": "~"}
_NOT_SET = "(not set)"


class Line(NamedTuple):
    """A line of a plan: its mark, its indentation in steps, and its text."""

    mark: Mark
    indent: int
    text: str
    style: int | None = None


def lines(plan: Plan) -> list[Line]:
    """Return the lines of a plan: changes with their fields, counts, dropped fields and notes."""
    found = [line for change in plan.changes for line in _change(change)]
    if found:
        found.append(Line(" ", 0, ""))
    found.append(Line(" ", 0, summary(plan), BOLD))
    for dropped in plan.dropped:
        called = dropped.entry.kind.called(dropped.entry.name)
        what = f"{dropped.field} of {called}" if dropped.field else called
        found.append(Line(" ", 0, f"dropped: {what}: {dropped.reason}", YELLOW))
    return [*found, *(Line(" ", 0, f"note: {note}", DIM) for note in plan.notes)]


def summary(plan: Plan) -> str:
    """Return `1 to create, 2 to change, 0 to delete, 14 unchanged`."""
    if not plan.changes:
        return f"no differences, {plan.unchanged} unchanged"
    actions = [change.action for change in plan.changes]
    disabled = actions.count("disable")
    return ", ".join(
        [
            *(f"{actions.count(each)} to {each}" for each in ("create", "change", "delete")),
            *([f"{disabled} to disable"] if disabled else []),
            f"{plan.unchanged} unchanged",
        ]
    )


def text(plan: Plan) -> str:
    """Return a plan as text for standard output, in colours if it shows them."""
    return styled_text((_on_screen(line), line.style or _STYLES[line.mark]) for line in lines(plan))


def _on_screen(line: Line) -> str:
    if not line.text:
        return ""
    if line.indent == 0:
        return line.text if line.mark == " " else f"{line.mark} {line.text}"
    mark = "" if line.mark == " " and line.indent == 1 else f"{line.mark} "
    return f"{_INDENT * line.indent}{mark}{line.text}".rstrip()


def markdown(plans: Sequence[tuple[str, Plan | str]]) -> str:
    """Return a GitHub comment with a section for each project: its plan, or the error.

    Everything from a file or a server is inside code blocks that it cannot close.
    """
    limit = _COMMENT // max(1, len(plans))
    return "\n".join(_section(project, plan, limit) for project, plan in plans)


def _section(project: str, plan: Plan | str, limit: int) -> str:
    heading = f"### `llmctl diff`: {_code(project)}\n"
    if isinstance(plan, str):
        return f"{heading}\n{_fenced([f'- error: {each}' for each in plan.splitlines()], limit)}"
    found = lines(plan)
    head = f"{heading}\n**{summary(plan)}**\n"
    shown = [each for each in found if each.style != BOLD and (each.text or each.indent)]
    if not shown:
        return head
    block = _fenced([_in_diff(each) for each in shown], limit)
    if len(shown) <= _FOLDED:
        return f"{head}\n{block}"
    return f"{head}\n<details><summary>Show the changes</summary>\n\n{block}\n</details>\n"


def _in_diff(line: Line) -> str:
    mark = "!" if line.mark == "~" else line.mark
    return f"{mark} {_INDENT * line.indent}{line.text}".rstrip()


def _fenced(texts: Iterable[str], limit: int) -> str:
    """Return lines in a code block, as many as fit into `limit` characters."""
    safe = [log_line(visible(each.expandtabs(4))) for each in texts]
    kept: list[str] = []
    for number, line in enumerate(safe):
        limit -= len(line) + 1
        if limit < 0:
            kept.append(f"  ... {counted(len(safe) - number, 'more line')}")
            break
        kept.append(line)
    longest = max((len(each) for line in kept for each in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}diff", *kept, fence, ""])


def _code(text: str) -> str:
    """Return a text as inline code, so that nothing in it is a mention or markup."""
    return f"`{visible(text).replace('`', chr(39))}`"


def as_json(plan: Plan, project: Project) -> Object:
    """Return a plan for programs. Fields that are not set on the server have no `old`."""
    return {
        "project": {"host": project.origin, "project": project.number},
        "changes": [
            {
                "kind": change.kind.table,
                "action": change.action,
                "name": change.name,
                "id": (change.stored.id or None) if change.stored else None,
                "fields": [
                    {"field": each.field}
                    | ({} if each.old is ABSENT else {"old": each.old})
                    | {"new": each.new}
                    for each in change.fields
                ],
            }
            for change in plan.changes
        ],
        "unchanged": plan.unchanged,
        "dropped": [
            {
                "kind": each.entry.kind.table,
                "name": each.entry.name,
                "field": each.field or None,
                "reason": each.reason,
            }
            for each in plan.dropped
        ],
        "notes": list(plan.notes),
    }


def as_rows(plan: Plan, project: Project) -> Iterator[Object]:
    """Yield a row for each field that changes, and one for a change without fields."""
    for change in as_json(plan, project)["changes"]:
        fields = change.pop("fields")
        for field in fields or [{"field": None}]:
            yield {**change, "field": None, "old": None, "new": None, **field}


def _change(change: Change) -> Iterator[Line]:
    mark = _MARKS[change.action]
    what = change.kind.called(change.name)
    if change.action == "disable":
        what = f"{what} (disabled: this server cannot delete it)"
    yield Line(mark, 0, what)
    fields = {field.name: field for field in change.kind.fields}
    for each in change.fields:
        field = fields.get(each.field) or Field(each.field, Type.STRING, "")
        if change.action == "create":
            if each.field != change.kind.label:
                yield from _new(each.field, each.new)
        else:
            yield from _field(field, each)


def _new(path: str, value: Any) -> Iterator[Line]:
    """Yield the lines for a field of an object to create."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _new(f"{path}.{name}", each)
        return
    if not _is_long(value):
        yield Line(" ", 1, f"{path}: {_shown(value)}")
        return
    yield Line(" ", 1, f"{path}:")
    yield from _line_difference(ABSENT, value)


def _field(field: Field, change: FieldChange) -> Iterator[Line]:
    """Yield the lines for a field that changes: the deepest parts that differ."""
    found = list(parts(field, change.old, change.new))
    for path, old, new in found or [Part(field.name, change.old, change.new)]:
        if _is_long(old) or _is_long(new):
            yield Line(" ", 1, f"{path}:")
            yield from _line_difference(old, new)
        else:
            yield Line(" ", 1, f"{path}: {_shown(old)} -> {_shown(new)}")


def _is_long(value: Any) -> bool:
    is_text = isinstance(value, str) and "\n" in value.strip()
    return is_text or len(_shown(value)) > _SHORT


def _line_difference(old: Any, new: Any) -> Iterator[Line]:
    for line in difference_lines(_as_lines(old), _as_lines(new), context=_CONTEXT):
        if line == GAP:
            yield Line(" ", 2, GAP, DIM)
            continue
        mark: Mark = "+" if line[0] == "+" else "-" if line[0] == "-" else " "
        yield Line(mark, 2, line[1:] if mark != " " else _shortened(line[1:]))


def _as_lines(value: Any) -> str:
    """Return a text as it is, an array with one element per line, and no line for no value."""
    if value is ABSENT or value is None:
        return ""
    if isinstance(value, str):
        return value.strip("\n")
    if isinstance(value, list):
        return "\n".join(map(_shown, value))
    return json_text(value, indent=2)


def _shown(value: Any) -> str:
    return _NOT_SET if value is ABSENT else json_text(value, indent=None)


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_CONTEXT else f"{text[: _MAX_CONTEXT - 3]}..."

"""The manual page llmctl(1), made from the commands and the topics when the wheel is built."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import llmctl
from llmctl.app import HELP, TOPICS
from llmctl.cli.command_spec import Command, Parameter, parameter
from llmctl.cli.options import SHARED_OPTIONS
from llmctl.reference import commands, topics
from llmctl.reference.topics import Block, Kind


def page() -> str:
    """Return the page as man(7) source. It has no date, so that the same commands give the same
    bytes."""
    shared = {(each.names, each.help) for each in map(parameter, SHARED_OPTIONS.values())}
    lines = [
        f'.TH LLMCTL 1 "" "llmctl {llmctl.__version__}"',
        *(".nh", ".ad l"),  # no hyphens in words that may be copied, no stretched lines
        *(".SH NAME", f"llmctl \\- {_text((llmctl.__doc__ or '').rstrip('.'))}"),
        *(".SH SYNOPSIS", ".B llmctl", r"\fIGROUP VERB\fR [\fIID\fR] [\fIOPTION\fR]..."),
        *(".SH DESCRIPTION", *_paragraphs(HELP)),
        *(".SH COMMANDS", *(line for command in commands() for line in _command(command, shared))),
        *(line for topic in TOPICS for line in _topic(topic)),
    ]
    return "\n".join(lines) + "\n"


def _topic(topic: str) -> Iterator[str]:
    yield f".SH {_text(topic.upper().replace('-', ' '))}"
    yield _text(TOPICS[topic])
    for block in topics.blocks(topic):
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block.kind:
        case Kind.HEADING:
            yield f".SS {_text(block.text.capitalize())}"
        case Kind.PARAGRAPH:
            yield from (".PP", _text(block.text))
        case Kind.ITEMS:
            for item in block.items:
                yield from (r".IP \(bu 2", _text(re.sub(r"\n +", "\n", item)))
        case Kind.VERBATIM:
            yield from (".PP", ".EX", _text(block.text), ".EE")
        case Kind.TABLE:
            yield from _listed(block.rows)


def _command(command: Command, shared: set[tuple[tuple[str, ...], str]]) -> Iterator[str]:
    words = [_bold(" ".join(["llmctl", *command.words]))]
    words += [_italic(each.metavar) for each in command.parameters if each.is_argument]
    yield ".SS " + " ".join(words)
    yield _text(command.summary)
    yield from _paragraphs("\n\n" + command.description if command.description else "")
    for each in command.parameters:
        if (each.names, each.help) not in shared and (each.names or each.help):
            yield from _option(each)
    yield from (".PP", ".EX", *(_text(line) for line in command.examples), ".EE")


def _option(parameter: Parameter) -> Iterator[str]:
    names = ", ".join(_bold(name) for name in parameter.names)
    yield ".TP"
    yield " ".join(each for each in (names, _italic(parameter.metavar)) if each)
    yield _text(parameter.help)


def _listed(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in rows:
        yield from (".TP", _bold(name), _text(text))


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.rstrip("\n"))):
        if number:
            yield ".PP"
        if paragraph.strip():
            yield _text(" ".join(paragraph.split()))


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _italic(text: str) -> str:
    return f"\\fI{_text(text)}\\fR" if text else ""


def _text(text: str) -> str:
    """Return the text escaped so that roff shows it literally."""
    shown = "\n".join(line.rstrip() for line in text.splitlines())
    shown = (
        shown.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    )
    return re.sub(r"^(?=[.'])", r"\\&", shown, flags=re.MULTILINE)

"""The manual page llmctl(1), made from the commands when the wheel is built.

`python -m llmctl.reference.manual | man -l -` shows it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import llmctl
from llmctl.app import EPILOG, HELP
from llmctl.cli.command_spec import Command, Parameter
from llmctl.config.resolve import HOST_VARIABLES, KEY_VARIABLES, PROJECT_VARIABLES
from llmctl.errors import ExitCode, LlmctlError
from llmctl.reference.readme import commands

_VARIABLES = {
    KEY_VARIABLES: "The personal API key; the first that is set.",
    PROJECT_VARIABLES: "The project's number, or @current.",
    HOST_VARIABLES: "us, eu, or the address of your own PostHog.",
    ("LLMCTL_PROFILE",): "The profile, where neither --profile nor a key's variable says more.",
    ("LLMCTL_OUTPUT", "LLMCTL_TIMEOUT"): "The defaults of --output and --timeout.",
    ("LLMCTL_SANDBOX_FAULTS",): "Faults of the profile sandbox, as those of sandbox serve --fault, "
    "with semicolons between them.",
    ("LLMCTL_DEBUG",): "1 shows where a bug in llmctl is.",
    ("LLMCTL_CONFIG_DIR", "LLMCTL_CACHE_DIR", "LLMCTL_DATA_DIR"): "Move the three directories.",
    ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"): "How tables look.",
}
_FILES = {
    "~/.config/llmctl/config.toml": "Profiles, without their keys.",
    "~/.config/llmctl/credentials.toml": "Their keys; nobody else may read it.",
    "~/.cache/llmctl/": "What can be learnt again: the server's path prefix, ids for completion.",
    "~/.local/share/llmctl/": "The sandbox's database.",
}
_OTHER_CODES = {
    ExitCode.OK: "Done; an empty list too.",
    ExitCode.INTERNAL: "A bug in llmctl.",
    ExitCode.OUTPUT: "Standard output could not be written; what was done on the server is done.",
    ExitCode.HANGUP: "SIGHUP.",
    ExitCode.INTERRUPTED: "Ctrl-C.",
    ExitCode.BROKEN_PIPE: "A reader that went away.",
    ExitCode.TERMINATED: "SIGTERM.",
}


def page() -> str:
    """The page as man(7) source, without a date: the same commands give the same bytes."""
    every = list(commands())
    seen = Counter(each for command in every for each in command.parameters)
    shared = {each for each in seen if each.names and seen[each] * 2 > len(every)}
    lines = [
        f'.TH LLMCTL 1 "" "llmctl {llmctl.__version__}"',
        *(".SH NAME", f"llmctl \\- {_text((llmctl.__doc__ or '').rstrip('.'))}"),
        *(".SH SYNOPSIS", ".B llmctl", r"\fIGROUP VERB\fR [\fIID\fR] [\fIOPTION\fR]..."),
        *(".SH DESCRIPTION", *_paragraphs(HELP)),
        *(".SH COMMANDS", *(line for command in every for line in _command(command, shared))),
        ".SH COMMON OPTIONS",
        "These belong to every command that talks to a server, as far as they make sense there.",
        *(line for each in seen if each in shared for line in _option(each)),
        *(".SH EXIT STATUS", *_listed((str(int(code)), text) for code, text in _codes())),
        *(
            ".SH ENVIRONMENT",
            *_listed((", ".join(names), text) for names, text in _VARIABLES.items()),
        ),
        *(".SH FILES", *_listed(_FILES.items())),
        *(".SH EXAMPLES", ".EX", *(_text(line.strip()) for line in EPILOG.splitlines()[2:]), ".EE"),
        *(
            ".SH SEE ALSO",
            "Every command explains itself: \\fBllmctl\\fR \\fIGROUP VERB\\fR \\fB\\-\\-help\\fR.",
        ),
    ]
    return "\n".join(lines) + "\n"


def _command(command: Command, shared: set[Parameter]) -> Iterator[str]:
    words = [_bold(" ".join(["llmctl", *command.words]))]
    words += [_italic(each.metavar) for each in command.parameters if each.is_argument]
    yield ".SS " + " ".join(words)
    yield _text(command.summary)
    yield from _paragraphs("\n\n" + command.description if command.description else "")
    for each in command.parameters:
        if each not in shared and (each.names or each.help):
            yield from _option(each)
    yield from (".PP", ".EX", *(_text(line) for line in command.examples), ".EE")


def _option(parameter: Parameter) -> Iterator[str]:
    names = ", ".join(_bold(name) for name in parameter.names)
    yield ".TP"
    yield " ".join(each for each in (names, _italic(parameter.metavar)) if each)
    yield _text(parameter.help)


def _codes() -> Iterator[tuple[ExitCode, str]]:
    """What each exit code means, in the words of the errors that end with it."""
    texts = dict(_OTHER_CODES)
    for error in LlmctlError.__subclasses__():
        texts.setdefault(error.exit_code, (error.__doc__ or "").partition("\n")[0])
    return ((code, texts[code]) for code in ExitCode if code in texts)


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
    """Text that roff shows as it stands."""
    shown = "\n".join(line.rstrip() for line in text.splitlines())
    shown = (
        shown.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    )
    return re.sub(r"^(?=[.'])", r"\\&", shown, flags=re.MULTILINE)


if __name__ == "__main__":
    print(page(), end="")

"""Tables made from the code, for the README, the topics and the manual: (term, text) rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from llmctl.cli.command_spec import parameter
from llmctl.cli.options import SHARED_OPTIONS
from llmctl.config.sources import (
    CLIENT_CERT_VARIABLES,
    HOST_VARIABLES,
    KEY_VARIABLES,
    OLD_KEY_VARIABLE,
    OLD_PROJECT_VARIABLE,
    PROJECT_VARIABLES,
)
from llmctl.errors import ExitCode, LlmctlError
from llmctl.output.formats import OutputFormat

Row = tuple[str, str]

_VARIABLES = {
    KEY_VARIABLES: "Your personal API key. The first one that is set is used.",
    PROJECT_VARIABLES: "The project: its number, or @current, the current project of the "
    "key's user.",
    HOST_VARIABLES: "The host: us (the default), eu, or the URL of your own PostHog.",
    CLIENT_CERT_VARIABLES: "A client certificate and its private key, PEM files, for the host of a "
    "key from the environment. If one file holds both, set only the first.",
    ("LLMCTL_PROFILE",): "The profile to use if no key variable is set.",
    (OLD_KEY_VARIABLE, OLD_PROJECT_VARIABLE): "Older names of PostHog's CLI for a key and its "
    "project, used if nothing else gives a key.",
    ("LLMCTL_OUTPUT", "LLMCTL_TIMEOUT"): "Defaults for --output and --timeout (30 seconds, at "
    "most 86400).",
    ("LLMCTL_CONFIG_DIR", "LLMCTL_CACHE_DIR", "LLMCTL_DATA_DIR"): "Where to keep files instead of "
    "the platform's directories: an absolute path, or one that starts with ~.",
    ("LLMCTL_SANDBOX_GENERATION",): "The generation of a new sandbox, v1 or v3; see llmctl help "
    "rehearsal.",
    ("LLMCTL_SANDBOX_FAULTS",): "Faults for the profile sandbox, separated by semicolons; see "
    "llmctl help rehearsal.",
    ("VISUAL", "EDITOR"): "The editor of the edit commands: VISUAL if it is set, else EDITOR.",
    ("LLMCTL_DEBUG",): "Set to 1 to print a traceback, without values, if llmctl fails with exit "
    "code 1.",
    ("HTTPS_PROXY", "NO_PROXY"): "The proxy, and the hosts to reach without it.",
    ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"): "A file or directory of CA certificates to trust.",
    ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"): "Colour and width of tables; colour of errors.",
    ("LLMCTL_PAGER",): "A pager, such as less, for tables and topics on a terminal.",
}
_OTHER_CODES = {
    ExitCode.OK: "Success, including an empty list.",
    ExitCode.INTERNAL: "A bug in llmctl.",
    ExitCode.DIFFERS: "`diff`: the project differs from the file.",
    ExitCode.OUTPUT: "Standard output could not be written. The command's changes stand.",
    ExitCode.HANGUP: "Ended by SIGHUP.",
    ExitCode.INTERRUPTED: "Interrupted by Ctrl-C.",
    ExitCode.BROKEN_PIPE: "The reader of standard output closed the pipe.",
    ExitCode.TERMINATED: "Ended by SIGTERM.",
}
_FORMATS = {
    OutputFormat.TABLE: "The default on a terminal. get shows one field per line; times are local.",
    OutputFormat.TSV: "The default in a pipe: a header and tab-separated values, never truncated "
    "or coloured.",
    OutputFormat.JSON: "One array, or one object, exactly as the API sent it, unknown fields "
    "included. A list is printed whole or not at all.",
    OutputFormat.JSONL: "One JSON object per line, printed as the pages arrive.",
    OutputFormat.CSV: "RFC 4180. Nested values are JSON; control characters are escaped.",
    OutputFormat.IDS: "One ID per line.",
}


def exit_codes() -> Iterator[tuple[ExitCode, str, str]]:
    """Yield every exit code in use, its name ("" for a signal's), and its meaning.

    The meaning is the first line of the docstring of the error that ends with it.
    """
    texts = dict(_OTHER_CODES)
    for error in LlmctlError.__subclasses__():
        texts.setdefault(error.exit_code, (error.__doc__ or "").partition("\n")[0])
    for code in ExitCode:
        if code in texts:
            yield code, "" if code > 128 else code.name, texts[code]


def _exit_codes() -> Iterator[Row]:
    return ((f"{code:<3} {name}".rstrip(), meaning) for code, name, meaning in exit_codes())


def _variables() -> Iterator[Row]:
    return ((", ".join(names), text) for names, text in _VARIABLES.items())


def _formats() -> Iterator[Row]:
    return ((f"-o {each}", _FORMATS[each]) for each in OutputFormat)


def _options() -> Iterator[Row]:
    for each in map(parameter, SHARED_OPTIONS.values()):
        yield " ".join([", ".join(each.names), each.metavar]).rstrip(), each.help


# The tables that a topic can include, by name.
TABLES: dict[str, Callable[[], Iterator[Row]]] = {
    "exit_codes": _exit_codes,
    "variables": _variables,
    "formats": _formats,
    "options": _options,
}

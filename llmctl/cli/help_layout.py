"""The layout of a command's help: its own options first, then those that commands share."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from llmctl.cli.options import SHARED_OPTIONS, option_info

_SHARED_TITLE = "Shared options (see llmctl help options)"
# Rarely needed: only their names are shown, if the command talks to a server.
_BRIEF = ("host", "project", "concurrency", "rate", "timeout", "retries", "verbose")
# Shared by some commands, and shown with the command's own ones.
_BESIDE_OWN = ("data", "filters", "sort", "limit", "offset", "yes", "profiles", "all_profiles")
_TEXTS = {name: option_info(annotation).help for name, annotation in SHARED_OPTIONS.items()}
_WIDTH = 26  # of the names of options; a longer one has a line of its own


class HelpCommand(TyperCommand):
    """A command whose help fits on a screen, if it has few options of its own."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage: the arguments, then the options."""
        options, *arguments = self.collect_usage_pieces(ctx)
        words = [each.replace("{", "").replace("}", "") for each in arguments]
        formatter.write_usage(ctx.command_path, " ".join([*words, options]))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments that need an explanation, and the options."""
        arguments: list[tuple[str, str]] = []
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        brief: list[str] = []
        params: list[Any] = self.get_params(ctx)
        is_remote = any(param.name == "profile" for param in params)
        for param in params:
            record = param.get_help_record(ctx)
            if param.param_type_name == "argument":
                if param.help:
                    arguments.append((param.make_metavar(ctx=ctx), param.help))
            elif not is_remote or param.name in _BESIDE_OWN or not _is_shared(param):
                own.append(record)
            elif param.name in _BRIEF:
                brief.append(param.opts[0])
            else:
                shared.append(record)
        width = max((len(name) for name, _ in own + shared if len(name) <= _WIDTH), default=0)
        sections = {"Arguments": arguments, "Options": own, _SHARED_TITLE: shared}
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl([(f"{name:<{width}}", text) for name, text in rows], _WIDTH)
        if brief:
            with formatter.indentation():
                formatter.write_text(f"Also {', '.join(brief)}.")


def _is_shared(param: Any) -> bool:
    """Return True for an option that means the same in other commands."""
    is_same: bool = _TEXTS.get(param.name) == param.help
    return is_same or param.name in ("help", "output")

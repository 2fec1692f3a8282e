"""help: show help on a command or a topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from llmctl.app import RESOURCES, TOPICS, commands_of, main
from llmctl.cli import completers
from llmctl.cli.help_layout import HelpCommand
from llmctl.cli.nearest import nearest_verbs, nearest_words
from llmctl.cli.options import examples
from llmctl.cli.usage import did_you_mean, unknown_word
from llmctl.errors import Hint, UsageError
from llmctl.output.pager import show

app = typer.Typer(rich_markup_mode=None)


@app.command(
    "help",
    cls=HelpCommand,
    epilog=examples("llmctl help", "llmctl help rotation", "llmctl help clustering-jobs create"),
)
def help_(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[COMMAND|TOPIC]", show_default=False, help="Group, command or topic."
        ),
        completers.words(*RESOURCES, *TOPICS),
    ] = None,
    verb: Annotated[
        str | None,
        typer.Argument(metavar="[VERB]", show_default=False, help="Command of the group."),
    ] = None,
) -> int:
    """Show help on a command or a topic.

    Without arguments, list the commands and topics.
    """
    if name in TOPICS and verb is None:
        from llmctl.reference import topics

        show(topics.text(name))
        return 0
    if name is not None and name not in {*RESOURCES, *TOPICS}:
        nearest = nearest_words(name, [*RESOURCES, *TOPICS])
        raise _unknown(name, "command or topic", nearest, ("help",))
    if verb is not None:
        _check_verb(str(name), verb)
    return main([*(word for word in (name, verb) if word is not None), "--help"])


def _check_verb(name: str, verb: str) -> None:
    verbs = (
        [] if name in TOPICS else [each.words[-1] for each in commands_of(name) if each.words[1:]]
    )
    if not verbs:
        raise UsageError(f"{name} has no commands", hint=Hint("", ("help", name)))
    if verb not in verbs:
        raise _unknown(verb, f"{name} command", nearest_verbs(verb, verbs), ("help", name))


def _unknown(word: str, kind: str, nearest: Sequence[str], command: tuple[str, ...]) -> UsageError:
    """Return the error for a word that `help` does not know."""
    hint = did_you_mean(*((*command, each) for each in nearest)) if nearest else Hint("", command)
    return unknown_word(f"no {kind}", word, hint)

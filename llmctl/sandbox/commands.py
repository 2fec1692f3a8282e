"""The commands `llmctl sandbox ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmctl import paths
from llmctl.cli.help_layout import HelpCommand
from llmctl.cli.options import YesOption, examples, number_parser
from llmctl.errors import Hint, UsageError
from llmctl.output import confirm, note
from llmctl.sandbox import defaults
from llmctl.sandbox.extra import require_extra
from llmctl.sandbox.generation import DEFAULT, Generation, from_environment, ignored_note

GenerationOption = Annotated[
    Generation | None,
    typer.Option(
        "--generation", help="Server to simulate: v1, as documented (default), or v3, the newest."
    ),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "serve",
    cls=HelpCommand,
    epilog=examples(
        "llmctl sandbox serve",
        "llmctl sandbox serve --generation v3",
        "llmctl sandbox serve --fault 'POST provider_keys #1: drop-after'",
    ),
)
def serve(
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="N",
            help="Port; 0 picks a free one.",
            parser=number_parser("--port", 0, 65535),
        ),
    ] = defaults.PORT,
    generation: GenerationOption = None,
    throttle: Annotated[
        bool, typer.Option("--throttle", help="Enforce the documented rate limits (429).")
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="RULE",
            help="Inject a fault: 'METHOD PATH [#N]: ACTION'. Repeatable.",
        ),
    ] = None,
) -> None:
    """Serve the sandbox over HTTP on localhost until interrupted.

    It is the same project as that of the profile sandbox, and accepts two keys:
    phx_sandbox_all_scopes and phx_sandbox_read_only. Each request is logged on standard error.

    --generation, or else LLMCTL_SANDBOX_GENERATION, applies to a new sandbox. An existing one keeps
    its generation until `llmctl sandbox reset`.

    The actions of --fault are drop-before, drop-after and drop-late SPAN (no response), status
    CODE [TEXT] and status-after CODE [TEXT], delay SECONDS, and lag SPAN (reads do not see new
    writes yet). The -after actions carry out the request first. SPAN is a number of requests, or
    of seconds: 3 or 2s. #N selects the Nth matching request; without it, every one is affected.
    For examples, see llmctl help rehearsal.
    """
    require_extra()
    from llmctl.sandbox import server
    from llmctl.sandbox.faults import parse_rules

    faults = parse_rules(fault or [], source="--fault")
    database = paths.sandbox_database()
    served, ignored = _generation_to_serve(database, generation)

    def ready(origin: str) -> None:
        note(
            f"the sandbox listens on {origin}, project {defaults.PROJECT_ID}, generation {served}; "
            "press Ctrl-C to stop"
        )
        note(f"keys: {defaults.ALL_SCOPES_KEY}, {defaults.READ_ONLY_KEY} (not secret)")
        if ignored:
            note(ignored)

    server.serve(
        database, port, generation=served, throttle=throttle, faults=faults, on_ready=ready
    )


def _generation_to_serve(
    database: Path, option: Generation | None
) -> tuple[Generation, str | None]:
    """Return the generation, and a note if the variable names another one.

    Raise UsageError if the option names another one than the database has.
    """
    from llmctl.sandbox.app import stored_generation

    asked = option or from_environment()
    stored = stored_generation(database)
    if stored is None:
        return asked or DEFAULT, None
    if option not in (None, stored):
        raise UsageError(
            f"the sandbox has generation {stored}, not {option}",
            hint=Hint("start over", ("sandbox", "reset", "--generation", str(option))),
        )
    return stored, ignored_note(asked, stored)


@app.command(
    "reset",
    cls=HelpCommand,
    epilog=examples("llmctl sandbox reset --yes", "llmctl sandbox reset --generation v3 --yes"),
)
def reset(generation: GenerationOption = None, yes: YesOption = False) -> None:
    """Reset the sandbox to its initial state.

    Its generation is set by --generation, or else by LLMCTL_SANDBOX_GENERATION; the default is v1.
    """
    require_extra()
    chosen = generation or from_environment() or DEFAULT
    confirm("Delete everything in the sandbox?", yes=yes)
    from llmctl.sandbox.app import reset as reset_database

    reset_database(paths.sandbox_database(), chosen)
    note(f"sandbox reset (generation {chosen})")


@app.command("demo", cls=HelpCommand, epilog=examples("llmctl sandbox demo"))
def demo() -> None:
    """Take a tour of llmctl on a temporary sandbox.

    On a terminal, press Enter for the next step, or q to quit.
    """
    require_extra()
    from llmctl.sandbox.demo import run

    run()

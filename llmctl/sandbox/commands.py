"""The sandbox: a PostHog project on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from llmctl import paths
from llmctl.cli.options import YesOption, examples
from llmctl.output import confirm, note
from llmctl.sandbox import defaults
from llmctl.sandbox.extra import require_extra

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command(
    "serve",
    epilog=examples(
        "llmctl sandbox serve", "llmctl sandbox serve --fault 'POST provider_keys #1: drop-after'"
    ),
)
def serve(
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes any free one."),
    ] = defaults.PORT,
    throttle: Annotated[
        bool, typer.Option("--throttle", help="Answer 429 above the documented rates.")
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            metavar="RULE",
            help="Misbehave: 'METHOD PATH [#N]: ACTION'. May be given several times.",
        ),
    ] = None,
) -> None:
    """Serve the sandbox over HTTP, to this machine only, until Ctrl-C.

    It is the project of the profile sandbox. Two keys open it: phx_sandbox_all_scopes and
    phx_sandbox_read_only.

    The actions of --fault are drop-before and drop-after (no answer), status CODE and
    status-after CODE, delay SECONDS. #N picks the Nth request that fits.
    """
    require_extra()
    from llmctl.sandbox import server
    from llmctl.sandbox.faults import parse_rules

    faults = parse_rules(fault or [], source="--fault")

    def ready(origin: str) -> None:
        note(f"the sandbox listens on {origin}, project {defaults.PROJECT_ID}; Ctrl-C stops it")
        note(f"keys: {defaults.ALL_SCOPES_KEY}, {defaults.READ_ONLY_KEY} (not secret)")

    server.serve(paths.sandbox_database(), port, throttle=throttle, faults=faults, on_ready=ready)


@app.command("reset", epilog=examples("llmctl sandbox reset --yes"))
def reset(yes: YesOption = False) -> None:
    """Put the sandbox back to how it started."""
    require_extra()
    confirm("Forget everything that the sandbox holds?", yes=yes)
    from llmctl.sandbox import app as server

    server.reset(paths.sandbox_database())
    note("the sandbox is as it started")


@app.command("demo", epilog=examples("llmctl sandbox demo"))
def demo() -> None:
    """Show what llmctl does. The demo's own sandbox is gone afterwards."""
    require_extra()
    from llmctl.sandbox.demo import run

    run()

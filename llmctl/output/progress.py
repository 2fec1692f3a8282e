"""Progress on standard error: a bar for lists of more than one page, a spinner while waiting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llmctl.output.color import is_capable, wants_color
from llmctl.output.messages import note
from llmctl.output.rows import RowSource
from llmctl.output.sanitize import visible


def track(rows: RowSource) -> Iterator[dict[str, Any]]:
    """Yield the rows; show a bar, on a terminal, once a second page is known to exist."""
    bar = None
    try:
        for number, row in enumerate(rows, start=1):
            if bar is None and rows.is_paged and _can_show():
                bar = _Bar()
            if bar is not None:
                bar.show(number, rows.total)
            yield row
    finally:
        if bar is not None:
            bar.close()


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show what is waited for, on a terminal with a spinner and the time that it takes."""
    if not _can_show():
        note(text)
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(file=sys.stderr, force_terminal=True, legacy_windows=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(visible(text), total=None)
        yield


class _Bar:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(file=sys.stderr, force_terminal=True, legacy_windows=False),
            transient=True,
        )
        self._task = self._progress.add_task("reading", total=None)
        self._progress.start()

    def show(self, done: int, total: int | None) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        self._progress.stop()


def _can_show() -> bool:
    """Return True on a terminal that handles escape sequences, unless colours are off."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return is_terminal and is_capable() and wants_color(is_terminal=True)

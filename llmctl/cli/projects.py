"""Read several projects at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from llmctl.errors import LlmctlError

AT_ONCE = 8  # projects; those of one key and host share its rate limit

P = TypeVar("P")
T = TypeVar("T")


def read_each(
    projects: Sequence[P], read: Callable[[P], T]
) -> Generator[T | LlmctlError, None, None]:
    """Yield what `read` returns for each project, in order; an LlmctlError in place of a result.

    An error in one project does not stop the others.
    """

    def attempt(project: P) -> T | LlmctlError:
        try:
            return read(project)
        except LlmctlError as error:
            return error

    if len(projects) == 1:  # without a thread
        yield attempt(projects[0])
        return
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="project")
    try:
        for future in [pool.submit(attempt, project) for project in projects]:
            yield future.result()
    finally:
        # Do not wait for requests in flight: a signal ends the command.
        pool.shutdown(wait=False, cancel_futures=True)

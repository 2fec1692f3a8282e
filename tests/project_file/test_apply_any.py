"""From any project to any other one that a file describes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.errors import LlmctlError, UsageError
from llmctl.sandbox.generation import Generation
from tests.conftest import complete
from tests.project_file import states
from tests.project_file.checks import same, undisturbed
from tests.project_file.harness import applied, described, exported, planned, wanted_file
from tests.project_file.links import Link
from tests.project_file.server import Server

projects = settings.get_profile("projects")


def test_what_is_exported_is_there(generation: Generation) -> None:
    @settings(projects)
    @given(states.servers(generation), st.booleans())
    def check(server: Server, prune: bool) -> None:
        link = Link(server)
        applied(link, exported(server), prune=prune)
        assert link.writes == []

    check()


@pytest.mark.parametrize("examples", [pytest.param(20, id="few"), complete(200, id="many")])
def test_any_project_becomes_the_wanted_one(generation: Generation, examples: int) -> None:
    @settings(projects, max_examples=examples)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        before = data.draw(states.servers(generation))
        wanted = data.draw(states.changed(before))
        text = wanted_file(wanted)
        link = Link(before.copy(), after=undisturbed(before, wanted))
        applied(link, text, prune=True)
        assert described(planned(link.server, text, prune=True)) == []
        again = Link(link.server)
        applied(again, text, prune=True)
        assert again.writes == []
        same(link.server, wanted)

    check()


@pytest.mark.parametrize("examples", [pytest.param(8, id="few"), complete(60, id="many")])
@pytest.mark.parametrize("source", [*Generation])
def test_any_project_is_promoted_to_any_other(
    generation: Generation, source: Generation, examples: int
) -> None:
    """Without --prune, what only production has stays as it is."""

    @settings(projects, max_examples=examples)
    @given(st.data(), st.booleans())
    def check(data: st.DataObject, prune: bool) -> None:
        staging = data.draw(states.servers(source, size=2))
        states.make_portable(staging)
        production = data.draw(states.servers(generation, size=2))
        production.slack = {1: "Sandbox"}
        if production.is_v3:
            for name in staging.directories.values():
                if name.casefold() not in map(str.casefold, production.directories.values()):
                    production.add_directory(name)
        text = wanted_file(staging)
        options = {"prune": prune, "drop_unsupported": True}
        link = Link(production)
        try:
            applied(link, text, **options)
        except UsageError as error:  # of what runs in production only
            if link.writes or "would have no key" not in error.message:
                raise
            return
        except LlmctlError as error:
            if "Maximum of" not in error.message:
                raise
            return
        assert described(planned(production, text, **options)) == []
        again = Link(production)
        applied(again, text, **options)
        assert again.writes == []

    check()

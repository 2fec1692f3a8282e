"""From any project to any other one that a file describes."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmctl.errors import UsageError
from llmctl.sandbox.generation import Generation
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


def test_any_project_becomes_the_wanted_one(generation: Generation) -> None:
    @settings(projects, max_examples=60)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        before = data.draw(states.servers(generation))
        wanted = data.draw(states.changed(before))
        text = wanted_file(wanted)
        link = Link(before.copy(), after=undisturbed(before, wanted))
        try:
            applied(link, text, prune=True)
        except UsageError as error:
            assert link.writes == []
            assume("no key" in error.message)
            raise
        assert described(planned(link.server, text, prune=True)) == []
        again = Link(link.server)
        applied(again, text, prune=True)
        assert again.writes == []
        same(link.server, wanted)

    check()

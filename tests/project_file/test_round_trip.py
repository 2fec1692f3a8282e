"""An export describes the project: nothing gets lost in the file, and nothing differs from it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.project_file.project import read_project
from llmctl.sandbox.generation import Generation
from tests.project_file import states
from tests.project_file.harness import described, exported, parsed, planned
from tests.project_file.links import Link
from tests.project_file.server import Object, Server


def test_an_export_is_read_back(generation: Generation) -> None:
    @settings(settings.get_profile("projects"))
    @given(states.servers(generation))
    def check(server: Server) -> None:
        project = read_project(Link(server))  # type: ignore[arg-type]
        file = parsed(exported(server))
        for table, stored in project.stored.items():
            entries = file.of(table)
            values = [_without_null(each.values) for each in stored]
            assert [_without_null(each.values) for each in entries] == [*filter(None, values)]
            if not entries or not entries[0].kind.is_single:
                ids = [None if each.is_unique else each.id for each in stored]
                assert [each.id for each in entries] == (ids if entries else [])

    check()


def _without_null(values: Object) -> Object:
    """Return the fields that are not null: some are left out where that is their default."""
    return {name: value for name, value in values.items() if value is not None}


def test_an_export_does_not_differ(generation: Generation) -> None:
    @settings(settings.get_profile("projects"))
    @given(states.servers(generation), st.booleans())
    def check(server: Server, prune: bool) -> None:
        plan = planned(server, exported(server), prune=prune)
        assert described(plan) == []
        assert plan.dropped == ()

    check()


def test_an_export_is_the_same_each_time(generation: Generation) -> None:
    @settings(settings.get_profile("projects"), max_examples=5)
    @given(states.servers(generation))
    def check(server: Server) -> None:
        text = exported(server)
        for rows in (server.keys, server.evaluations, server.jobs, server.reports):
            turned = dict(reversed([*rows.items()]))
            rows.clear()
            rows.update(turned)
        assert exported(server) == text

    check()


def test_only_lists_are_read(generation: Generation) -> None:
    @settings(settings.get_profile("projects"), max_examples=10)
    @given(states.servers(generation))
    def check(server: Server) -> None:
        exported(server)
        assert len(server.log) == len({*server.log}) <= 9
        assert all(line.count("-") < 4 for line in server.log), server.log

    check()

"""An export describes the project: nothing gets lost in the file, and nothing differs from it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.project_file.project import read_project
from tests.project_file import states
from tests.project_file.harness import exported, parsed, planned
from tests.project_file.links import Link
from tests.project_file.server import Server

both = pytest.mark.parametrize("generation", ["v1", "v3"])


@both
def test_an_export_is_read_back(generation: states.Generation) -> None:
    @settings(settings.get_profile("projects"))
    @given(states.servers(generation))
    def check(server: Server) -> None:
        project = read_project(Link(server))  # type: ignore[arg-type]
        file = parsed(exported(server))
        for table, stored in project.stored.items():
            entries = file.of(table)
            values = [{k: v for k, v in each.values.items()} for each in stored]
            found = [dict(each.values) for each in entries]
            for value, entry in zip(values, found, strict=True):
                left_out = {name for name in value.keys() - entry.keys() if value[name] is None}
                assert {k: v for k, v in value.items() if k not in left_out} == entry
            assert [each.id for each in entries] == [
                None if each.is_unique or each.kind.is_single else each.id for each in stored
            ]

    check()


@both
def test_an_export_does_not_differ(generation: states.Generation) -> None:
    @settings(settings.get_profile("projects"))
    @given(states.servers(generation), st.booleans())
    def check(server: Server, prune: bool) -> None:
        plan = planned(server, exported(server), prune=prune)
        assert plan.changes == ()
        assert plan.dropped == ()

    check()


@both
def test_an_export_is_the_same_each_time(generation: states.Generation) -> None:
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


@both
def test_only_lists_are_read(generation: states.Generation) -> None:
    @settings(settings.get_profile("projects"), max_examples=10)
    @given(states.servers(generation))
    def check(server: Server) -> None:
        exported(server)
        assert len(server.log) == len({*server.log}) <= 9
        assert all(line.count("-") < 4 for line in server.log), server.log

    check()

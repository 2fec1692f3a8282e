"""Keys of other clients: activated, renamed, with the same secret, or of another rotation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from llmctl.errors import ConflictError, NotFoundError, RejectedError, UnfinishedError
from llmctl.rotation.find_key import Selector
from llmctl.rotation.removal import Removal
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rotate import preview, rotate
from llmctl.rotation.strategy import Strategy
from llmctl.rotation.tag import secret_fingerprint
from llmctl.safe.secret import Secret
from tests.rotation.model import Dead, Link, Model
from tests.rotation.test_decisions import (
    FINAL,
    NEW,
    OLD,
    OTHER,
    after_create,
    before_write,
    code,
    fresh,
    go,
    tagged,
)

ACTIVE = Selector(active=True)


@pytest.fixture(params=[False, True], ids=["older", "newer"])
def model(request: pytest.FixtureRequest) -> Model:
    return fresh(is_newer=request.param)


def die() -> None:
    raise Dead


def killed(model: Model, before: Callable[[int, str, str], None]) -> None:
    with contextlib.suppress(Dead):
        go(Link(model, before))


def rename(model: Model, key_id: str, name: str) -> Callable[[], None]:
    def action() -> None:
        model.keys[key_id]["name"] = name

    return action


class TestOldKeyIsGone:
    """The old key was deleted and another key became active."""

    @pytest.mark.parametrize("name", ["Main", "Third"])
    def test_new_key_in_use_is_not_deleted(self, model: Model, name: str) -> None:
        killed(model, before_write("key-0002", die))  # before the rename
        model.active = model.add_key(OTHER, name)
        before = model.facts()
        for secret, mode in ((NEW, Mode.FULL), (None, Mode.FINISH)):
            with pytest.raises(ConflictError, match="key-0002") as raised:
                go(Link(model), secret, mode)
            assert "key-0003" in raised.value.message
            assert "provider-keys update key-0002 --name Main" in str(raised.value.hint)
        assert model.facts() == before

    def test_replacement_by_another_client_is_a_conflict(self, model: Model) -> None:
        third = model.add_key(OTHER, "Third")

        def replace() -> None:
            model.remove_key("key-0001", third)
            model.active = third

        with pytest.raises(ConflictError, match="key-0003") as raised:
            go(Link(model, after_create(model, replace), is_checked=False))
        assert f"provider-keys delete key-0003 --replacement {third}" in str(raised.value.hint)
        Removal(Link(model), "key-0003", third).run(lambda text: None)
        assert model.facts()["keys"] == [("Third", OTHER)]

    def test_third_key_is_activated_after_the_delete(self, model: Model) -> None:
        third = model.add_key(OTHER, "Third")

        def activate() -> None:
            model.active = third

        def before(count: int, method: str, path: str) -> None:
            if "key-0001" not in model.keys:
                activate()

        with pytest.raises(ConflictError, match=third):
            go(Link(model, before, is_checked=False))
        assert "key-0003" in model.keys

    def test_new_key_gets_another_secret_before_its_name(self, model: Model) -> None:
        def swap() -> None:
            model.keys["key-0002"]["api_key_masked"] = "sk-x...zzzz"

        with pytest.raises(ConflictError, match=r"sk-x\.\.\.zzzz"):
            go(Link(model, before_write("key-0002", swap)))

    def test_new_key_stops_working_before_its_name(self, model: Model) -> None:
        def stop() -> None:
            model.keys["key-0002"]["state"] = "error"

        assert go(Link(model, before_write("key-0002", stop), is_checked=False)).deleted
        model.check()

    def test_new_key_activated_by_another_client_is_not_deleted(self, model: Model) -> None:
        """The old key was not active; another key now has its name."""
        model.active = model.add_key(OTHER, "Other")
        tag = tagged(secret_fingerprint(Secret(NEW), "key-0001"))
        go(Link(model))
        copy = model.add_key(NEW, tag)
        model.active = copy
        with pytest.raises(ConflictError, match=copy):
            go(Link(model))
        assert copy in model.keys


def test_evaluations_move_off_a_duplicate_before_its_delete(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    copy = model.add_key(NEW, model.keys["key-0002"]["name"])
    evaluation = model.add_evaluation(copy)
    model.log.clear()
    go(Link(model))
    writes = [
        line for line in model.log if line.startswith(("PATCH", "DELETE")) and "0000" not in line
    ]
    assert writes.index(f"PATCH evaluations/{evaluation}/") == 0
    assert model.facts() | FINAL == model.facts()


class TestRenamed:
    """Another client renamed the pending key, so its tag is lost."""

    @pytest.mark.parametrize("name", ["Main", "Mine"])
    def test_between_two_runs(self, model: Model, name: str) -> None:
        go(Link(model), mode=Mode.KEEP_OLD)
        rename(model, "key-0002", name)()
        before = model.facts()
        for mode in (Mode.FULL, Mode.KEEP_OLD):
            with pytest.raises(ConflictError, match="key-0002") as raised:
                go(Link(model), mode=mode)
            assert "provider-keys delete key-0001 --replacement key-0002" in str(raised.value.hint)
        assert model.facts() == before
        Removal(Link(model), "key-0001", "key-0002").run(lambda text: None)
        assert go(Link(model)).changed is False

    def test_key_that_was_not_active(self, model: Model) -> None:
        model.active = model.add_key(OTHER, "Other")
        go(Link(model), mode=Mode.KEEP_OLD)
        rename(model, "key-0003", "Main")()
        with pytest.raises(ConflictError, match="key-0003"):
            go(Link(model))

    def test_another_key_in_use_with_the_same_secret(self, model: Model) -> None:
        """A secret may be stored in two keys that are rotated one after the other."""
        model.active = model.add_key(NEW, "Other")
        assert go(Link(model)).changed
        assert model.facts()["keys"] == [("Main", NEW), ("Other", NEW)]

    @pytest.mark.parametrize("kind", ["", "evaluation-1", "evaluation-2"])
    def test_during_the_run(self, model: Model, kind: str) -> None:
        action = rename(model, "key-0002", "Mine")
        link = Link(model, before_write(kind, action) if kind else after_create(model, action))
        with pytest.raises(ConflictError, match="key-0002") as raised:
            go(link)
        assert "is gone" not in raised.value.message
        assert "'Mine'" in raised.value.message
        assert "provider-keys delete key-0001 --replacement key-0002" in str(raised.value.hint)
        assert "provider-keys delete key-0002 --replacement key-0001" in str(raised.value.hint)
        assert "key-0001" in model.keys

    def test_new_key_that_is_gone_is_named(self, model: Model) -> None:
        def remove() -> None:
            model.remove_key("key-0002", None)

        with pytest.raises(UnfinishedError, match=r"does not show .* \(key-0002\)"):
            go(Link(model, after_create(model, remove)))


class TestOtherRotation:
    """`--active` means another key after another client has activated one."""

    def begun(self, model: Model) -> str:
        """Kill a run after its create, activate a third key, and return that one's id."""
        killed(model, after_create(model, die))
        model.active = model.add_key(OTHER, "Third")
        return model.active

    @pytest.mark.parametrize("strategy", Strategy)
    def test_rerun_does_not_rotate_the_third_key(self, model: Model, strategy: Strategy) -> None:
        self.begun(model)
        before = model.facts()
        request = RotationRequest(ACTIVE, Secret(NEW), strategy)
        for run in (
            lambda: rotate(Link(model), request, lambda text: None, lambda question: False),
            lambda: preview(Link(model), request),
        ):
            with pytest.raises(ConflictError, match="key-0002") as raised:
                run()
            assert "key-0001" in str(raised.value.hint)
        assert model.facts() == before

    @pytest.mark.parametrize("mode", [Mode.ROLLBACK, Mode.FINISH])
    def test_finish_and_rollback_name_the_pending_key(self, model: Model, mode: Mode) -> None:
        self.begun(model)
        with pytest.raises(ConflictError, match="key-0002"):
            go(Link(model), None, mode, ACTIVE)
        assert go(Link(model), None, Mode.ROLLBACK, Selector("key-0002")).changed
        assert code(lambda: go(Link(model), None, Mode.ROLLBACK, ACTIVE)) == 0

    def test_another_secret_or_id_starts_another_rotation(self, model: Model) -> None:
        third = self.begun(model)
        lines: list[str] = []
        request = RotationRequest(Selector(third), Secret(NEW), Strategy.REPLACE, Mode.KEEP_OLD)
        rotate(Link(model), request, lines.append, lambda question: False)
        assert any("key-0002" in line and "key-0001" in line for line in lines)
        go(Link(model), None, Mode.ROLLBACK, Selector(third))
        lines.clear()
        request = RotationRequest(ACTIVE, Secret("sk-another-0123"), Strategy.REPLACE)
        rotate(Link(model), request, lines.append, lambda question: False)
        assert any("key-0002" in line and "key-0001" in line for line in lines)

    def test_unused_copy_of_the_secret_is_named(self, model: Model) -> None:
        copy = model.add_key(NEW, "Mine")
        lines: list[str] = []
        request = RotationRequest(Selector("key-0001"), Secret(NEW), Strategy.REPLACE)
        rotate(Link(model), request, lines.append, lambda question: False)
        assert any(copy in line and "Mine" in line for line in lines)


class TestReplacement:
    """The replacement for a deleted key is checked before every write."""

    def test_stopped_working_during_the_question(self, model: Model) -> None:
        other = model.add_key(OTHER, "Other")
        removal = Removal(Link(model), "key-0001", other)
        assert removal.consequence
        model.keys[other]["state"] = "error"
        with pytest.raises(RejectedError, match="'error'"):
            removal.run(lambda text: None)
        assert model.facts()["active"] == OLD

    def test_stopped_working_partway(self, model: Model) -> None:
        other = model.add_key(OTHER, "Other")

        def before(count: int, method: str, path: str) -> None:
            if model.active == other:
                model.keys[other]["state"] = "invalid"

        with pytest.raises(UnfinishedError, match="'invalid'"):
            Removal(Link(model, before, is_checked=False), "key-0001", other).run(lambda text: None)
        assert "key-0001" in model.keys

    def test_deleted_during_the_question(self, model: Model) -> None:
        other = model.add_key(OTHER, "Other")
        removal = Removal(Link(model), "key-0001", other)
        model.remove_key(other, None)
        with pytest.raises(NotFoundError, match=other):
            removal.run(lambda text: None)
        assert "key-0001" in model.keys


def test_ids_in_upper_case(model: Model) -> None:
    """`get` accepts them, too."""
    other = model.add_key(OTHER, "Other")
    assert go(Link(model), mode=Mode.KEEP_OLD, selector=Selector("KEY-0001")).changed
    killed(model, before_write("key-0003", die))  # before the rename
    assert go(Link(model), selector=Selector("KEY-0001")).resumed
    assert model.facts() | {"active": NEW} == model.facts()
    Removal(Link(model), other.upper(), "KEY-0003").run(lambda text: None)
    assert model.facts() | FINAL == model.facts()

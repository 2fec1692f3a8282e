"""Other clients change the project during a rotation; misleading masks; deletes of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmctl.api.resources import TAGGERS, Resource
from llmctl.errors import (
    ConfigError,
    ConflictError,
    DeniedError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation.find_key import Selector
from llmctl.rotation.reader import read_snapshot
from llmctl.rotation.removal import Removal
from llmctl.rotation.request import Mode
from llmctl.rotation.strategy import Strategy
from llmctl.rotation.tag import secret_fingerprint
from llmctl.safe.secret import Secret
from tests.rotation.model import Dead, Drop, Link, Listed, Model
from tests.rotation.test_decisions import (
    FINAL,
    NEW,
    OTHER,
    after_create,
    at,
    before_write,
    code,
    fresh,
    go,
    interleave,
    orders,
    quick,
    tagged,
)

IN_PLACE = Strategy.IN_PLACE
KEYS = "llm_analytics/provider_keys/"
REQUESTS = 30  # more than any rotation of these models sends


@pytest.fixture(params=[False, True], ids=["older", "newer"])
def model(request: pytest.FixtureRequest) -> Model:
    return fresh(is_newer=request.param)


def idle(model: Model) -> str:
    """Make another key the active one and return its id."""
    model.active = model.add_key(OTHER, "Other")
    return model.active


@pytest.mark.parametrize("number", range(1, REQUESTS))
@pytest.mark.parametrize("is_newer", [False, True])
def test_old_key_becomes_active_partway(is_newer: bool, number: int) -> None:
    model = fresh(is_newer=is_newer)
    idle(model)

    def activate_old() -> None:
        if "key-0001" in model.keys:
            model.active = "key-0001"

    code(lambda: go(Link(model, at(number, activate_old), is_checked=False)))
    model.check()
    assert code(lambda: go(Link(model))) == 0
    model.check()


@quick
@given(orders, st.booleans(), st.booleans())
def test_abort_during_a_rotation(order: list[int], is_newer: bool, is_kept: bool) -> None:
    model = fresh(is_newer=is_newer)
    if is_kept:
        go(Link(model), mode=Mode.KEEP_OLD)
    interleave(
        model,
        lambda link: go(link),
        lambda link: go(link, None, Mode.ROLLBACK),
        order,
        is_checked=False,  # older servers clear the active key for a moment
    )
    model.check()


def changing(model: Model, change: Callable[[], None]) -> Callable[[str], bool]:
    """Return a confirmation during which another client changes the project."""

    def confirm(question: str) -> bool:
        change()
        model.log.clear()
        return True

    return confirm


@pytest.mark.parametrize("strategy", Strategy)
def test_key_changed_while_the_user_was_asked(model: Model, strategy: Strategy) -> None:
    def rotate_in_place() -> None:
        model.keys["key-0001"]["api_key_masked"] = "sk-x...zzzz"

    with pytest.raises(ConflictError, match=r"sk-x\.\.\.zzzz"):
        go(Link(model), strategy=strategy, confirm=changing(model, rotate_in_place))
    assert all(line.startswith("GET") for line in model.log)


def test_active_key_changed_while_the_user_was_asked(model: Model) -> None:
    third = model.add_key(OTHER, "Third")

    def take_over() -> None:
        model.active = third

    with pytest.raises(ConflictError, match=third):
        go(Link(model), confirm=changing(model, take_over))
    assert len(model.keys) == 2


def test_in_place_without_the_right_to_see_the_active_key(model: Model) -> None:
    model.unreadable.add("evaluation_config")
    outcome = go(Link(model), strategy=IN_PLACE)
    assert (outcome.changed, outcome.was_active) == (True, None)


def losing(model: Model, meanwhile: Callable[[], None]) -> Callable[[int, str, str], None]:
    """Lose the first write of the secret, and do something at that moment."""

    def lose() -> None:
        meanwhile()
        raise Drop(applied=False)

    return before_write("key-0001", lose)


def test_lost_write_does_not_overwrite_another_clients_secret(model: Model) -> None:
    def overwrite() -> None:
        model.keys["key-0001"]["api_key_masked"] = "sk-x...zzzz"

    with pytest.raises(ConflictError, match="another client rotated it"):
        go(Link(model, losing(model, overwrite)), strategy=IN_PLACE)
    assert not [line for line in model.log if line.startswith("PATCH")]


def test_lost_write_then_throttled(model: Model) -> None:
    link = Link(model, losing(model, lambda: None))
    first = link.before

    def throttled(count: int, method: str, path: str) -> None:
        first(count, method, path)
        if method == "PATCH":
            raise UnavailableError("Request was throttled.", status=429)

    link.before = throttled
    with pytest.raises(UnknownOutcomeError, match="throttled"):
        go(link, strategy=IN_PLACE)


def test_new_secret_cannot_be_read_back(model: Model) -> None:
    def fail() -> None:
        raise UnavailableError("Busy.", status=503)

    with pytest.raises(UnfinishedError, match=r"updated the secret .* could not read it back"):
        go(Link(model, at(4, fail)), strategy=IN_PLACE)


@pytest.mark.parametrize("number", [3, 4])
def test_key_replaced_by_another_client_during_a_write(model: Model, number: int) -> None:
    def replace() -> None:
        go(Link(model), OTHER)

    with pytest.raises(ConflictError, match="is gone"):
        go(Link(model, at(number, replace)), strategy=IN_PLACE)


def test_duplicate_rows_count_once(model: Model) -> None:
    class Shifting(Link):
        def list(self, resource: Resource) -> Listed:
            rows = super().list(resource)
            return Listed([*rows, *rows[-1:]])

    assert go(Shifting(model)).changed
    assert model.facts() | FINAL == model.facts()


def test_list_that_changes_is_read_again(model: Model) -> None:
    class Moving(Link):
        moves = 1

        def list(self, resource: Resource) -> Listed:
            rows = super().list(resource)
            if self.moves > 0:
                self.moves -= 1
                rows.clear()
                rows.changed_while_reading = True
            return rows

    assert go(Moving(model)).changed
    assert model.facts() | FINAL == model.facts()
    link = Moving(model)
    link.moves = 100
    assert code(lambda: go(link)) == UnavailableError.exit_code


def test_key_missing_from_a_list_is_looked_up(model: Model) -> None:
    class Hiding(Link):
        def list(self, resource: Resource) -> Listed:
            return Listed(row for row in super().list(resource) if row["id"] != "key-0001")

    assert go(Hiding(model)).changed
    assert model.facts() | FINAL == model.facts()


def test_404_of_a_gateway_does_not_mean_that_a_key_is_gone(model: Model) -> None:
    class Gateway(Link):
        def list(self, resource: Resource) -> Listed:
            return Listed(row for row in super().list(resource) if row["id"] != "key-0001")

        def get(self, resource: Resource, object_id: str | None = None) -> Any:
            if object_id == "key-0001":
                raise NotFoundError("the server answered 404 and did not say why", status=404)
            return super().get(resource, object_id)

    with pytest.raises(NotFoundError, match="did not say why"):
        go(Gateway(model))
    assert all(line.startswith("GET") for line in model.log)


def test_key_that_is_its_own_replacement_is_not_deleted(model: Model) -> None:
    from llmctl.rotation.steps import delete

    key = read_snapshot(Link(model)).keys[0]
    with pytest.raises(AssertionError):
        delete(key, key, what="key")


def test_in_place_of_a_key_that_is_not_there(model: Model) -> None:
    go(Link(model))
    with pytest.raises(NotFoundError, match="no key nope"):
        go(Link(model), strategy=IN_PLACE, selector=Selector("nope"))


@pytest.mark.parametrize(
    "selector", [Selector(active=True), Selector(name="Main", provider="openai")]
)
def test_short_secret_is_not_replaced_again_and_again(model: Model, selector: Selector) -> None:
    go(Link(model), "sk-short")
    keys = dict(model.keys)
    with pytest.raises(NotFoundError, match="cannot tell"):
        go(Link(model), "sk-short", selector=selector)
    assert model.keys == keys


def test_new_key_got_another_secret(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.keys["key-0002"]["api_key_masked"] = "sk-x...zzzz"
    with pytest.raises(ConflictError, match="another secret"):
        go(Link(model))
    assert "key-0001" in model.keys


def test_old_key_changed_while_both_are_kept(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.keys["key-0001"]["api_key_masked"] = "sk-x...zzzz"
    for secret, mode in ((NEW, Mode.FULL), (None, Mode.FINISH)):
        with pytest.raises(ConflictError, match="since its rotation began"):
            go(Link(model), secret, mode)
    assert "key-0001" in model.keys


def test_old_key_renamed_while_both_are_kept(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.keys["key-0001"]["name"] = "Renamed [replaced by key-0002]"
    go(Link(model), None, Mode.FINISH)
    assert model.facts()["keys"] == [("Renamed", NEW)]


@pytest.mark.parametrize("renamed", ["key-0001", "key-0002"])
@pytest.mark.parametrize("mode", [Mode.FINISH, Mode.ROLLBACK, Mode.KEEP_OLD, Mode.FULL])
@pytest.mark.parametrize("selector", [Selector("key-0001"), Selector(active=True)])
def test_i05_a_kept_key_that_lost_its_mark(
    model: Model, renamed: str, mode: Mode, selector: Selector
) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.keys[renamed]["name"] = "Main"
    before = model.facts()
    secret = None if mode in (Mode.FINISH, Mode.ROLLBACK) else NEW
    with pytest.raises(ConflictError, match=r"key-0001.*key-0002") as raised:
        go(Link(model), secret, mode, selector)
    assert "provider-keys delete key-0001 --replacement key-0002" in str(raised.value.hint)
    assert model.facts() == before


@pytest.mark.parametrize("is_newer", [False, True])
def test_create_that_lands_after_the_rerun(is_newer: bool) -> None:
    model = fresh(is_newer=is_newer)
    other = idle(model)
    go(Link(model))
    model.add_key(NEW, tagged(secret_fingerprint(Secret(NEW), "key-0001")))
    assert code(lambda: go(Link(model))) == 0
    assert model.active == other
    assert model.facts()["keys"] == [("Main", NEW), ("Other", OTHER)]
    assert go(Link(model)).changed is False


def test_edit_of_an_evaluation_is_kept(model: Model) -> None:
    def edit() -> None:
        model.evaluations["evaluation-1"]["model_configuration"]["model"] = "better"

    go(Link(model, before_write("provider_keys/", edit)))
    assert model.evaluations["evaluation-1"]["model_configuration"]["model"] == "better"


def test_i06_requests_of_many_evaluations(model: Model) -> None:
    for number in range(200):
        model.add_key(f"sk-more-{number:010}", f"Key {number}")
    for _ in range(98):
        model.add_evaluation("key-0001")
    go(Link(model, is_checked=False))
    lists = [line for line in model.log if line in ("GET evaluations/", f"GET {KEYS}")]
    assert len(lists) <= 4 * 2 + 4
    assert len(model.log) - 3 * 100 <= 30


def test_i06_edit_of_an_evaluation_partway_is_kept(model: Model) -> None:
    for _ in range(8):
        model.add_evaluation("key-0001")

    def edit() -> None:
        model.evaluations["evaluation-9"]["model_configuration"]["model"] = "better"

    go(Link(model, before_write("evaluation-5", edit)))
    assert model.evaluations["evaluation-9"]["model_configuration"]["model"] == "better"
    assert model.facts() | FINAL == model.facts()


def test_i06_new_key_that_stops_working_partway_gets_no_more_evaluations(model: Model) -> None:
    for _ in range(8):
        model.add_evaluation("key-0001")

    def stop() -> None:
        model.keys["key-0002"]["state"] = "invalid"
        model.revoked = NEW

    assert code(lambda: go(Link(model, before_write("evaluation-5", stop), is_checked=False))) != 0
    left = [each["model_configuration"]["provider_key_id"] for each in model.evaluations.values()]
    assert left.count("key-0001") == 5
    assert "key-0001" in model.keys


def test_lost_active_key_of_a_rotation_is_repaired(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.active = None
    assert go(Link(model, is_checked=False), selector=Selector(active=True)).changed
    assert model.facts() | FINAL == model.facts()


def test_missing_right_to_write_keys_is_named_with_the_others(model: Model) -> None:
    model.denied |= {"provider_key", "set_active_key", "evaluations"}
    with pytest.raises(DeniedError, match=r"write provider keys \(.*active key \(.*evaluations \("):
        go(Link(model))


def test_rights_no_longer_needed_are_not_checked(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.denied.add("set_active_key")
    assert go(Link(model), None, Mode.FINISH).deleted


def test_earliest_pending_key_by_time_not_by_text() -> None:
    model = fresh(is_newer=False)
    tags = [tagged(digit * 8) for digit in "ab"]
    late, early = (
        model.add_key(secret, str(tag)) for secret, tag in zip((NEW, OTHER), tags, strict=True)
    )
    model.keys[late]["created_at"] = "2026-01-01T00:00:00.500000Z"
    model.keys[early]["created_at"] = "2026-01-01T00:00:00Z"
    assert [key.id for key, _ in read_snapshot(Link(model)).pending("key-0001")] == [early, late]


def test_taggers_hidden_by_a_gateway(model: Model) -> None:
    class Gateway(Link):
        def list(self, resource: Resource) -> Listed:
            if resource is TAGGERS:
                raise ConfigError("the answer is not the API's", status=404)
            return super().list(resource)

    assert go(Gateway(model)).deleted


@pytest.mark.parametrize("secret", [NEW, None])
def test_old_key_is_known_after_it_was_deleted(model: Model, secret: str | None) -> None:
    def die() -> None:
        raise UnavailableError("gone")

    with pytest.raises(UnfinishedError) as raised:
        go(Link(model, before_write("key-0002", die)))
    assert "--abort" not in str(raised.value.hint)
    outcome = go(Link(model), secret, Mode.FINISH if secret is None else Mode.FULL)
    assert outcome.old is not None
    assert (outcome.old.id, outcome.old.name) == ("key-0001", "Main")
    assert (outcome.resumed, outcome.deleted) == (True, True)


def test_aborted_by_another_client_partway(model: Model) -> None:
    def abort() -> None:
        go(Link(model), None, Mode.ROLLBACK)

    with pytest.raises(ConflictError, match="new key is gone"):
        go(Link(model, before_write("evaluation-1", abort)))
    model.check()


def test_result_of_a_rollback(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    shown = go(Link(model), None, Mode.ROLLBACK).as_output()
    assert (shown["id"], shown["new_key"], shown["deleted"]) == ("key-0001", None, False)
    assert shown["old_key"]["id"] == "key-0001"


def test_unknown_key_cannot_be_rolled_back(model: Model) -> None:
    with pytest.raises(NotFoundError):
        go(Link(model), None, Mode.ROLLBACK, Selector("nope"))


def test_expected_mask_applies_to_every_mode(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    for mode in (Mode.ROLLBACK, Mode.FINISH):
        with pytest.raises(ConflictError, match="not sk-"):
            go(Link(model), None, mode, expect_mask="sk-x...yyyy")


def test_hint_of_a_broken_old_key_works(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.keys["key-0001"]["state"] = "invalid"
    with pytest.raises(RejectedError) as raised:
        go(Link(model), None, Mode.ROLLBACK)
    assert "provider-keys update key-0001" in str(raised.value.hint)


def test_lost_create_names_the_command_to_check_with(model: Model) -> None:
    def lose() -> None:
        raise Drop(applied=False)

    with pytest.raises(UnknownOutcomeError) as raised:
        go(Link(model, before_write("provider_keys/", lose)))
    assert "llmctl provider-keys list" in str(raised.value.hint)


class TestDelete:
    """Deletes of keys while other clients change the project."""

    def test_key_that_comes_into_use_after_the_question(self, model: Model) -> None:
        free = model.add_key(OTHER, "Free")
        removal = Removal(Link(model), free, None)
        assert not removal.stops_something
        model.active = free
        with pytest.raises(ConflictError, match="in use now"):
            removal.run(lambda text: None)
        assert free in model.keys

    def test_key_that_becomes_active_before_the_delete(self, model: Model) -> None:
        free = model.add_key(OTHER, "Free")

        def activate() -> None:
            model.active = free

        link = Link(model, before_write("DELETE", activate), is_checked=False)
        Removal(link, free, "key-0001").run(lambda text: None)
        assert model.active == "key-0001"

    def test_unreadable_taggers_may_be_in_use(self, model: Model) -> None:
        free = model.add_key(OTHER, "Free")
        model.unreadable.add("taggers")
        assert Removal(Link(model), free, None).stops_something

    def test_tagger_is_in_use(self, model: Model) -> None:
        free = model.add_key(OTHER, "Free")
        tagger: dict[str, Any] = {"id": "t", "name": "T", "model_configuration": None}
        model.tagged = [tagger]
        assert not Removal(Link(model), free, None).stops_something
        tagger["model_configuration"] = {"provider_key_id": free}
        assert Removal(Link(model), free, None).stops_something


def test_keys_are_read_again_after_the_create(model: Model) -> None:
    rival = tagged("0" * 8, was_active=False)

    def arrive() -> None:
        model.add_key(OTHER, rival)
        model.keys["key-0003"]["created_at"] = "2025-01-01T00:00:00Z"

    with pytest.raises(ConflictError, match="key-0003"):
        go(Link(model, after_create(model, arrive)))
    assert "key-0002" not in model.keys


BY_NAME = Selector(name="Main", provider="openai")


def late_create(model: Model, *, was_active: bool = True) -> None:
    """Apply a create whose response was lost in an earlier run."""
    fingerprint = secret_fingerprint(Secret(NEW), "key-0001")
    model.add_key(NEW, tagged(fingerprint, was_active=was_active))


@pytest.mark.parametrize("selector", [Selector(active=True), BY_NAME], ids=["active", "name"])
def test_h05_create_applied_after_the_rerun(model: Model, selector: Selector) -> None:
    go(Link(model, is_checked=False))
    done = model.facts()
    late_create(model)
    assert go(Link(model), selector=selector).changed
    assert model.facts() == done
    assert go(Link(model), selector=selector).changed is False


def test_h05_create_of_an_idle_key_applied_after_the_rerun(model: Model) -> None:
    idle(model)
    go(Link(model))
    done = model.facts()
    late_create(model, was_active=False)
    assert go(Link(model), selector=BY_NAME).changed
    assert model.facts() == done


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.KEEP_OLD, Mode.FINISH])
def test_h05_create_applied_while_both_keys_are_kept(model: Model, mode: Mode) -> None:
    go(Link(model, is_checked=False), mode=Mode.KEEP_OLD)
    kept = model.facts()
    late_create(model)
    secret = None if mode is Mode.FINISH else NEW
    go(Link(model, is_checked=False), secret, mode, Selector(active=True))
    if mode is Mode.KEEP_OLD:
        assert model.facts() == kept
    else:
        assert model.facts() | FINAL == model.facts()


@pytest.mark.parametrize("kind", ["set_active_key", "evaluation-1"])
def test_h05_write_applied_after_the_rerun(model: Model, kind: str) -> None:
    late: list[Callable[[], object]] = []

    class Delaying(Link):
        def _do(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
            if method != "GET" and kind in path and not late and body:
                late.append(lambda: self.model.handle(method, path, body, query or {}))
                raise Dead
            return super()._do(method, path, body, query)

    with pytest.raises(Dead):
        go(Delaying(model, is_checked=False))
    go(Link(model, is_checked=False))
    done = model.facts()
    late[0]()
    assert model.facts() == done
    assert go(Link(model), selector=Selector(active=True)).changed is False

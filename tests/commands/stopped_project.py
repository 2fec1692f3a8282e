"""A project on loopback whose evaluations a key stopped, and the server's rules for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.support import Reply, Sent, page

Object = dict[str, Any]

OPENAI, ANTHROPIC = "01990000-0000-7000-8000-0000000000a1", "01990000-0000-7000-8000-0000000000a2"
KEY_STOPPED: Object = {"enabled": False, "status": "error", "status_reason": "provider_key_invalid"}
PAUSED: Object = {"enabled": False, "status": "paused"}


def id_of(kind: str, number: int) -> str:
    return f"01990000-0000-7000-8000-0000000{kind}{number:04}"


def stopped_by(reason: str) -> Object:
    return KEY_STOPPED | {"status_reason": reason}


def a_key(key_id: str, provider: str, state: str = "ok", message: str | None = None) -> Object:
    return {
        "id": key_id,
        "name": f"Main {provider}",
        "provider": provider,
        "state": state,
        "error_message": message,
        "api_key_masked": "sk-x...1234",
    }


@dataclass
class StoppedProject:
    """Two keys, evaluations, and their reports, which the server disables with them.

    `is_older`: the server gives no reasons and leaves reports alone. `replies` are the answers to
    requests, as `METHOD name`, where the name is that of a list or an evaluation.
    """

    keys: list[Object] = field(
        default_factory=lambda: [
            a_key(OPENAI, "openai"),
            a_key(ANTHROPIC, "anthropic", "invalid", "Invalid API key"),
        ]
    )
    active: str | None = OPENAI
    is_older: bool = False
    evaluations: list[Object] = field(default_factory=list)
    reports: list[Object] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)  # the reads of lists and single objects

    def add(
        self, name: str, key_id: str | None = OPENAI, provider: str = "openai", **changed: Any
    ) -> str:
        """Add an enabled evaluation with an enabled report; return its ID."""
        number = len(self.evaluations) + 1
        evaluation = {
            "id": id_of("e", number),
            "name": name,
            "enabled": True,
            "status": "active",
            "status_reason": None,
            "evaluation_type": "llm_judge",
            "model_configuration": {"provider": provider, "model": "m", "provider_key_id": key_id},
        } | changed
        if not self.is_older:
            evaluation |= {"status_reason_detail": None}
        self.evaluations.append(evaluation)
        enabled = bool(evaluation["enabled"]) or self.is_older
        report = {"id": id_of("f", number), "evaluation": evaluation["id"], "enabled": enabled}
        self.reports.append(report)
        return id_of("e", number)

    def running(self) -> list[str]:
        return [each["name"] for each in self.evaluations if each["enabled"]]

    def reporting(self) -> list[str]:
        ids = {each["evaluation"] for each in self.reports if each["enabled"]}
        return [each["name"] for each in self.evaluations if each["id"] in ids]

    def answer(self, sent: Sent) -> Reply:
        last = sent.path.rstrip("/").rpartition("/")[2]
        rows = {each["id"]: each for each in (*self.keys, *self.evaluations, *self.reports)}
        row = rows.get(last)
        name = row.get("name", last) if row else last
        self.log.append(f"{sent.method} {name}")
        if found := self.replies.get(f"{sent.method} {name}"):
            return found
        if row is not None and sent.method == "PATCH":
            return self._change(row, sent.json)
        if row is not None:
            return Reply(200, row)
        lists = {
            "provider_keys": self.keys,
            "evaluations": self._searched(sent),
            "evaluation_reports": self.reports,
        }
        if last in lists:
            return Reply(200, page(lists[last]))
        if last == "evaluation_config":
            key = next((key for key in self.keys if key["id"] == self.active), None)
            return Reply(200, {"active_provider_key": key})
        return Reply(404, {"type": "invalid_request", "code": "not_found", "detail": "Not found."})

    def _searched(self, sent: Sent) -> list[Object]:
        text = sent.target.partition("search=")[2].partition("&")[0]
        return [each for each in self.evaluations if text in each["name"]]

    def _change(self, row: Object, body: Object) -> Reply:
        assert body.keys() == {"enabled"}, "only what changes is sent"
        row["enabled"] = body["enabled"]
        if row in self.evaluations and not self.is_older:
            row |= {"status": "active" if row["enabled"] else "paused", "status_reason": None}
            for report in self.reports:
                if report["evaluation"] == row["id"] and not row["enabled"]:
                    report["enabled"] = False
        return Reply(200, row)


DENIED = Reply(
    403,
    {
        "type": "authentication_error",
        "code": "permission_denied",
        "detail": "API key missing required scope 'x:read'",
        "attr": None,
    },
)
REFUSED = Reply(
    400,
    {
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "Add a provider API key to enable this evaluation.",
        "attr": "enabled",
    },
)

"""An in-memory server with all that a project file describes, in both generations.

It stores what PostHog stores: texts are trimmed, defaults filled in, reports follow their
evaluations. Requests and responses are those of the API, without HTTP.
"""

from __future__ import annotations

import copy
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from llmctl.sandbox import evaluation_configs as configs
from llmctl.sandbox import provider as providers
from llmctl.sandbox.generation import Generation

Object = dict[str, Any]

PREFIX = "llm_analytics/"
JOBS = PREFIX + "clustering_jobs/"
KEYS = PREFIX + "provider_keys/"
REPORTS = PREFIX + "evaluation_reports/"
EVALUATIONS = "evaluations/"
ACTIVE = PREFIX + "evaluation_config/set_active_key/"
FILTERS = PREFIX + "clustering_config/set_event_filters/"

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ONE_OF_THE_PROJECT = 1  # the cohort that it has


class Refused(Exception):
    """A response other than 2xx."""

    def __init__(self, status: int, detail: str, attr: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.body: Object = {
            "type": "validation_error" if status == 400 else "invalid_request",
            "code": "not_found" if status == 404 else "invalid_input",
            "detail": detail,
            "attr": attr,
        }


def _not_found() -> Refused:
    return Refused(404, "Not found.")


def _text(body: Object, name: str, limit: int | None = None) -> None:
    """Trim a text of a request in place, or refuse it."""
    if name not in body:
        return
    value = body[name]
    if not isinstance(value, str):
        raise Refused(400, "Not a valid string.", name)
    if "\0" in value:
        raise Refused(400, "Null characters are not allowed.", name)
    body[name] = value.strip()
    if limit is not None and len(body[name]) > limit:
        raise Refused(400, f"Ensure this field has no more than {limit} characters.", name)


def _name(body: Object, limit: int, *, is_new: bool) -> None:
    if is_new and "name" not in body:
        raise Refused(400, "This field is required.", "name")
    _text(body, "name", limit)
    if body.get("name") == "":
        raise Refused(400, "This field may not be blank.", "name")


def _choice(body: Object, name: str, choices: Mapping[str, Any] | tuple[str, ...]) -> None:
    if name in body and body[name] not in choices:
        raise Refused(400, f'"{body[name]}" is not a valid choice.', name)


def _boolean(body: Object, name: str) -> None:
    if name in body and not isinstance(body[name], bool):
        raise Refused(400, "Must be a valid boolean.", name)


def _copied(value: Any) -> Any:
    """Return a copy of a JSON value; `copy.deepcopy` takes five times as long."""
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


@dataclass(repr=False)
class Server:
    """The project of a server.

    `log` has the requests as `METHOD path`. `slack` are the Slack integrations by ID.
    """

    generation: Generation = Generation.V3
    filters: list[Any] = field(default_factory=list)
    jobs: dict[str, Object] = field(default_factory=dict)
    keys: dict[str, Object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    active: str | None = None
    evaluations: dict[str, Object] = field(default_factory=dict)
    reports: dict[str, Object] = field(default_factory=dict)
    directories: dict[str, str] = field(default_factory=dict)
    slack: dict[int, str] = field(default_factory=lambda: {1: "Sandbox"})
    taggers: dict[str, Object] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the project in the report of a failure."""
        printer.text(json.dumps(self.facts(), indent=1, ensure_ascii=False)[:4000])

    @property
    def is_v3(self) -> bool:
        return self.generation is Generation.V3

    @property
    def max_jobs(self) -> int:
        return 10 if self.is_v3 else 5

    def copy(self) -> Server:
        """Return the same project, with an empty log."""
        found = {each.name: _copied(getattr(self, each.name)) for each in fields(self)}
        return Server(**found | {"log": [], "numbers": copy.copy(self.numbers)})

    def new_id(self) -> tuple[str, str]:
        """Return an ID and the time of its creation."""
        number = next(self.numbers)
        time = (_START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
        return f"01990000-0000-7000-8000-{number:012x}", time

    def add_directory(self, name: str) -> str:
        found, _ = self.new_id()
        self.directories[found] = name
        return found

    def add_tagger(self, key_id: str | None) -> None:
        found, _ = self.new_id()
        model = {"provider": "openai", "model": "m", "provider_key_id": key_id}
        self.taggers[found] = {
            "id": found,
            "name": f"Tagger {found[-4:]}",
            "enabled": True,
            "deleted": False,
            "model_configuration": model,
        }

    def post(self, path: str, body: Object) -> Object:
        """Set something up: POST, which is not in the log."""
        found: Object = self._handle("POST", path, _copied(body), {})
        return found

    def patch(self, path: str, body: Object) -> Object:
        """Change something: PATCH, which is not in the log."""
        found: Object = self._handle("PATCH", path, _copied(body), {})
        return found

    def handle(
        self, method: str, path: str, body: Object | None = None, query: Object | None = None
    ) -> Any:
        """Handle a request to a path below the project; return the response's JSON.

        Lists are plain arrays. Raise Refused for a response that is not 2xx.
        """
        self.log.append(f"{method} {path}")
        return _copied(self._handle(method, path, _copied(body or {}), query or {}))

    def _handle(self, method: str, path: str, body: Object, query: Object) -> Any:
        parts = path.strip("/").removeprefix(PREFIX).split("/")
        handlers: dict[str, Callable[[str, list[str], Object, Object], Any]] = {
            "clustering_config": self._clustering_config,
            "clustering_jobs": self._jobs,
            "evaluation_config": self._evaluation_config,
            "evaluation_reports": self._reports,
            "evaluations": self._evaluations,
            "provider_keys": self._keys,
            "integrations": self._integrations,
        }
        if self.is_v3:
            handlers |= {
                "evaluation_directories": self._directories,
                "taggers": lambda *_: list(self.taggers.values()),
            }
        if parts[0] not in handlers:
            raise Refused(404, "Endpoint not found.")
        return handlers[parts[0]](method, parts[1:], body, query)

    # -- clustering

    def _clustering_config(
        self, method: str, parts: list[str], body: Object, query: Object
    ) -> Object:
        if method == "POST":
            assert parts == ["set_event_filters"], parts
            if not isinstance(body.get("event_filters"), list):
                raise Refused(400, "event_filters must be a list.")
            self.filters = body["event_filters"]
        return {"event_filters": self.filters, "created_at": "2026-01-01T00:00:00Z"}

    def _jobs(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        if not parts and method == "GET":
            return list(self.jobs.values())
        if method == "POST":
            return self._create_job(body)
        job = self._found(self.jobs, parts)
        if method == "DELETE":
            return self.jobs.pop(job["id"]) and None
        if method == "PATCH":
            job.update(self._checked_job(body, job["id"]))
        return job

    def _create_job(self, body: Object) -> Object:
        if len(self.jobs) >= self.max_jobs:
            raise Refused(400, f"Maximum of {self.max_jobs} clustering jobs per team.")
        checked = self._checked_job(body, None)
        if "analysis_level" not in checked:
            raise Refused(400, "This field is required.", "analysis_level")
        job_id, time = self.new_id()
        defaults = {"event_filters": [], "enabled": True}
        job = {"id": job_id, **defaults, **checked, "created_at": time, "updated_at": time}
        for other in self.jobs.values():
            is_default = other["name"].startswith("Default - ")
            if is_default and other["analysis_level"] == job["analysis_level"]:
                other["enabled"] = False
        self.jobs[job_id] = job
        return job

    def _checked_job(self, body: Object, job_id: str | None) -> Object:
        known = {"name", "analysis_level", "event_filters", "enabled"}
        body = {name: value for name, value in body.items() if name in known}
        _name(body, 100, is_new=job_id is None)
        _choice(body, "analysis_level", ("trace", "generation", "evaluation"))
        _boolean(body, "enabled")
        for each in body.get("event_filters", []) if self.is_v3 else []:
            if each.get("type") == "cohort" and each.get("value") != _ONE_OF_THE_PROJECT:
                missing = f"Cohort(s) not found or deleted: [{each.get('value')}]"
                raise Refused(400, missing, "event_filters")
        others = [job for job in self.jobs.values() if job["id"] != job_id]
        if any(job["name"] == body.get("name") for job in others):
            raise Refused(400, "A clustering job with this name already exists.")
        return body

    # -- provider keys

    def _evaluation_config(
        self, method: str, parts: list[str], body: Object, query: Object
    ) -> Object:
        if method == "POST":
            assert parts == ["set_active_key"], parts
            if body.get("key_id") not in self.keys:
                raise Refused(404, "Key not found.")
            state = self.keys[body["key_id"]]["state"]
            if state != "ok":
                raise Refused(400, f"Cannot activate key with state '{state}'.")
            self.active = body["key_id"]
        trial = {"trial_eval_limit": 100, "trial_evals_used": 12, "trial_evals_remaining": 88}
        return {
            **({} if self.is_v3 else trial),
            "active_provider_key": self._shown_key(self.keys[self.active]) if self.active else None,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        }

    def _shown_key(self, key: Object) -> Object:
        secret = self.secrets[key["id"]]
        mask = f"{secret[:4]}...{secret[-4:]}" if len(secret) >= 16 else "********"
        found = {name: value for name, value in key.items() if name not in _ADDRESS_FIELDS}
        for name in _ADDRESS_FIELDS:
            if name != "base_url" or self.is_v3:
                found[f"{name}_display"] = key.get(name)
        return found | {"api_key_masked": mask}

    def _keys(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        if not parts and method == "GET":
            return [self._shown_key(key) for key in reversed(self.keys.values())]
        if method == "POST":
            return self._shown_key(self._create_key(body))
        key = self._found(self.keys, parts)
        if method == "DELETE":
            return self._delete_key(key, query.get("replacement_key_id"))
        if method == "PATCH":
            self._change_key(key, body)
        return self._shown_key(key)

    def _create_key(self, body: Object) -> Object:
        _name(body, 255, is_new=True)
        _choice(body, "provider", providers.PROVIDERS_V3 if self.is_v3 else providers.PROVIDERS)
        if "provider" not in body or not isinstance(body.get("api_key"), str):
            raise Refused(400, "API key is required when creating a new provider key.", "api_key")
        self._check_secret(body["provider"], body["api_key"], body)
        key_id, time = self.new_id()
        self.secrets[key_id] = body["api_key"]
        self.keys[key_id] = {
            "id": key_id,
            "provider": body["provider"],
            "name": body["name"],
            "state": "ok",
            "error_message": None,
            **_address_fields(body["provider"], body),
            "created_at": time,
            "created_by": None,
            "last_used_at": None,
        }
        if body.get("set_as_active"):
            self.active = key_id
        return self.keys[key_id]

    def _check_secret(self, provider: str, secret: str, body: Object) -> None:
        address = providers.ADDRESSES.get(provider)
        found = providers.check(provider, secret, address and body.get(address.field))
        if found.state != "ok":
            raise Refused(400, found.message or "", found.field or "api_key")

    def _change_key(self, key: Object, body: Object) -> None:
        _name(body, 255, is_new=False)
        secret = body.get("api_key")
        if secret is not None:
            self._check_secret(key["provider"], secret, {**key, **body})
            self.secrets[key["id"]] = secret
            key["state"] = "ok"
        given = _address_fields(key["provider"], body)
        if given and secret is None:
            key["state"] = "unknown"
        key.update({name: body[name] for name in ("name", "provider") if name in body} | given)

    def _delete_key(self, key: Object, replacement: str | None) -> None:
        if replacement is not None and replacement not in self.keys:
            raise Refused(400, "Replacement key not found")
        for evaluation in self.evaluations.values():
            model = evaluation["model_configuration"]
            if model and model["provider_key_id"] == key["id"]:
                model["provider_key_id"] = replacement
                if replacement is None and evaluation["enabled"]:
                    evaluation.update(enabled=False, status="error" if self.is_v3 else "paused")
                    self._follow(evaluation)
        if self.active == key["id"]:
            self.active = replacement if self.is_v3 else None
        del self.keys[key["id"]], self.secrets[key["id"]]

    # -- evaluations

    def _evaluations(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        if not parts and method == "GET":
            rows = [row for row in self.evaluations.values() if not row["deleted"]]
            return [self._shown_evaluation(row) for row in reversed(rows)]
        if method == "DELETE":
            raise Refused(405, "")
        if method == "POST":
            return self._shown_evaluation(self._save_evaluation(None, body))
        row = self._found(self.evaluations, parts)
        if method == "PATCH":
            return self._shown_evaluation(self._save_evaluation(row, body), is_get=False)
        if row["deleted"]:
            raise _not_found()
        return self._shown_evaluation(row)

    def _shown_evaluation(self, row: Object, *, is_get: bool = True) -> Object:
        found: Object = _copied(row)
        if self.is_v3 and is_get:  # a PATCH stores no defaults, and does not show them
            found["conditions"] = [*map(_filled, found["conditions"])]
        if found["model_configuration"]:
            key = self.keys.get(found["model_configuration"]["provider_key_id"])
            found["model_configuration"]["provider_key_name"] = key and key["name"]
        if self.is_v3:
            return found | {"status_reason_detail": None, "user_access_level": "manager"}
        del found["directory_id"]
        return found

    def _save_evaluation(self, row: Object | None, body: Object) -> Object:
        is_new = row is None
        before: Object = row or {
            "name": None,
            "description": "",
            "enabled": False,
            "directory_id": None,
            "status": "paused",
            "status_reason": None,
            "evaluation_type": None,
            "evaluation_config": {},
            "output_type": None,
            "output_config": {},
            "conditions": [],
            "target": "generation",
            "target_config": {},
            "model_configuration": None,
            "deleted": False,
        }
        known = before.keys() - {"status", "status_reason", "id", "created_at", "updated_at"}
        given = {name: value for name, value in body.items() if name in known}
        if not self.is_v3:
            given.pop("directory_id", None)
            if given.get("model_configuration") is None:
                given.pop("model_configuration", None)
        self._check_fields(given, is_new=is_new)
        after = {**before, **given}
        self._check_types(before, after, given, is_new=is_new)
        self._check_model(after, given)
        starts = after["enabled"] and not before["enabled"]
        if starts and self.is_v3 and not self.resolves(after):
            raise Refused(400, "Add a provider API key to enable this evaluation.", "enabled")
        if is_new:
            found, time = self.new_id()
            after = {"id": found, **after, "created_at": time, "updated_at": time}
        if is_new or after["enabled"] != before["enabled"]:
            after["status"] = "active" if after["enabled"] else "paused"
        had_report = not is_new and self._supports_reports(before)
        self.evaluations[after["id"]] = after
        self._follow(after, is_reportable_now=not had_report and self._supports_reports(after))
        return after

    def _check_fields(self, given: Object, *, is_new: bool) -> None:
        _name(given, 400, is_new=is_new)
        _text(given, "description")
        for name in ("enabled", "deleted"):
            _boolean(given, name)
        _choice(given, "evaluation_type", configs.TYPES)
        _choice(given, "output_type", configs.OUTPUTS_V3 if self.is_v3 else configs.OUTPUTS)
        targets = configs.TARGETS_V3 if self.is_v3 else configs.TARGETS
        _choice(given, "target", tuple(targets))
        if is_new and not {"evaluation_type", "output_type"} <= given.keys():
            raise Refused(400, "This field is required.", "evaluation_type")
        if given.get("directory_id") is not None and given["directory_id"] not in self.directories:
            raise Refused(400, "Invalid pk - object does not exist.", "directory_id")
        if "conditions" in given:
            conditions = [self._stored_condition(each) for each in given["conditions"]]
            is_filled = is_new and self.is_v3
            given["conditions"] = [*map(_filled, conditions)] if is_filled else conditions

    def _stored_condition(self, condition: Object) -> Object:
        if not self.is_v3:
            code = configs.bytecode(condition.get("properties", []))
            return {**condition, "bytecode": code, "bytecode_error": None}
        if not condition.get("id"):
            raise Refused(400, "This field is required.", "conditions")
        known = ("id", "rollout_percentage", "properties")
        return {name: condition[name] for name in known if name in condition}

    def _check_types(self, before: Object, after: Object, given: Object, *, is_new: bool) -> None:
        scores = {before["output_type"], after["output_type"]} & configs.SCORES
        if self.is_v3 and not is_new and scores and before["output_type"] != after["output_type"]:
            text = "Create a new evaluation to change its output type."
            raise Refused(400, text, "output_type")
        if self.is_v3 and not is_new and "output_config" in given:
            after["output_config"] = {**before["output_config"], **given["output_config"]}
        types = (after["evaluation_type"], after["output_type"])
        values = (after["evaluation_config"], after["output_config"])
        outputs = configs.OUTPUTS_V3 if self.is_v3 else configs.OUTPUTS
        try:
            checked = configs.checked_configs(outputs, *types, *values)
            after["evaluation_config"], after["output_config"] = checked
        except ValueError as error:
            raise Refused(400, str(error), "config") from None
        if after["evaluation_type"] == "sentiment" and after["target"] != "generation":
            raise Refused(400, "Sentiment evaluations can only target each generation.", "target")
        is_moved = after["target"] != before["target"] and "target_config" not in given
        try:
            config = {} if is_moved else after["target_config"]
            after["target_config"] = configs.checked_target_config(after["target"], config)
        except ValueError as error:
            raise Refused(400, str(error), "target_config") from None

    def _check_model(self, after: Object, given: Object) -> None:
        model = after["model_configuration"]
        is_judge = after["evaluation_type"] == configs.JUDGE
        if self.is_v3 and is_judge != (model is not None):
            raise Refused(400, "Select a provider and model.", "model_configuration")
        if model is None or "model_configuration" not in given:
            return
        if not {"provider", "model"} <= model.keys():
            raise Refused(400, "This field is required.", "model_configuration__model")
        key = model.get("provider_key_id")
        if key is not None and key not in self.keys:
            text = "Provider key not found"
            raise Refused(400, text, "model_configuration__provider_key_id")
        if key is not None and self.keys[key]["provider"] != model["provider"]:
            raise Refused(500, "A server error occurred.")
        names = ("provider", "model", "provider_key_id")
        after["model_configuration"] = {name: model.get(name) for name in names}

    def resolves(self, evaluation: Object, states: tuple[str, ...] = ("ok",)) -> bool:
        """Return True if an evaluation finds a key in one of these states, or needs none."""
        if evaluation["evaluation_type"] != configs.JUDGE:
            return True
        model = evaluation["model_configuration"]
        pinned = model and model["provider_key_id"]
        key = self.keys.get(pinned or self.active or "")
        if key is None or key["state"] not in states:
            return False
        return bool(pinned) or not model or key["provider"] == model["provider"]

    def _supports_reports(self, evaluation: Object) -> bool:
        output, target = evaluation["output_type"], evaluation["target"]
        if output in configs.SCORES and not evaluation["output_config"].get("passing_rule"):
            return False
        return bool(output != "sentiment" or target == "generation")

    def _follow(self, evaluation: Object, *, is_reportable_now: bool = False) -> None:
        """Let an evaluation's reports follow it, as V3 does."""
        if not self.is_v3:
            return
        reports = [each for each in self.reports.values() if each["evaluation"] == evaluation["id"]]
        if is_reportable_now and not reports:
            self._new_report(evaluation["id"], {})  # enabled in any case
        for report in reports:
            report["enabled"] = report["enabled"] and evaluation["enabled"]
            report["deleted"] = report["deleted"] or evaluation["deleted"]

    # -- reports

    def _new_report(self, evaluation: str, values: Object) -> Object:
        found, time = self.new_id()
        self.reports[found] = {
            "id": found,
            "evaluation": evaluation,
            "frequency": "every_n",
            "rrule": "",
            "starts_at": None,
            "timezone_name": "UTC",
            "next_delivery_date": None,
            "delivery_targets": [],
            "max_sample_size": 200,
            "enabled": True,
            "deleted": False,
            "last_delivered_at": None,
            "report_prompt_guidance": "",
            "trigger_threshold": 100,
            "cooldown_minutes": 60,
            "daily_run_cap": 10,
            "created_by": None,
            "created_at": time,
            **values,
        }
        return self.reports[found]

    def _shown_report(self, report: Object) -> Object:
        new = {"generated_report_count": 0, "last_generated_at": None} if self.is_v3 else {}
        return {**report, **new}

    def is_listed(self, report: Object) -> bool:
        evaluation = self.evaluations[report["evaluation"]]
        return not report["deleted"] and (not self.is_v3 or self._supports_reports(evaluation))

    def _reports(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        if not parts and method == "GET":
            rows = [row for row in reversed(self.reports.values()) if self.is_listed(row)]
            only = query.get("evaluation")
            return [self._shown_report(row) for row in rows if only in (None, row["evaluation"])]
        if method == "DELETE":
            raise Refused(405, "")
        if method == "POST":
            return self._shown_report(self._create_report(body))
        report = self._found(self.reports, parts)
        if method == "GET" and not self.is_listed(report):
            raise _not_found()
        if method == "PATCH":
            report.update(self._checked_report(body, report, report))
        return self._shown_report(report)

    def _create_report(self, body: Object) -> Object:
        evaluation = self.evaluations.get(body.get("evaluation", ""))
        if evaluation is None:
            raise Refused(400, "Invalid pk - object does not exist.", "evaluation")
        if self.is_v3 and not self._supports_reports(evaluation):
            raise Refused(400, "Reports are not supported for this evaluation.", "evaluation")
        same = [each for each in self.reports.values() if each["evaluation"] == evaluation["id"]]
        if self.is_v3 and same:
            frequency = {"frequency": body.get("frequency", "every_n")}
            same[0].update(self._checked_report(body, {**same[0], **frequency}, same[0]))
            same[0]["created_by"] = same[0]["created_by"] or 1
            return same[0]
        checked = self._checked_report(body, {"trigger_threshold": None, "frequency": "every_n"})
        return self._new_report(evaluation["id"], {**checked, "created_by": 1})

    def _checked_report(self, body: Object, stored: Object, report: Object | None = None) -> Object:
        if self.is_v3:
            _refuse_move(body, report or {})
        ignored = {"id", "created_by", "created_at", "next_delivery_date", "last_delivered_at"}
        if self.is_v3:
            ignored |= {"evaluation", "starts_at", "timezone_name", "deleted"}
        given = {name: value for name, value in body.items() if name not in ignored}
        for name in ("rrule", "report_prompt_guidance", "timezone_name"):
            _text(given, name)
        _choice(given, "frequency", ("scheduled", "every_n"))
        if given.get("starts_at") is not None:
            given["starts_at"] = _in_utc(given["starts_at"])
        for target in given.get("delivery_targets", []):
            self._check_target(target)
        self._check_numbers(given)
        after = {"starts_at": None, "rrule": "", **stored, **given}
        needed = {"every_n": ["trigger_threshold"], "scheduled": ["rrule"]}[after["frequency"]]
        if after["frequency"] == "scheduled" and not self.is_v3:
            needed = [*needed, "starts_at"]
        for name in needed:
            if not after[name]:
                raise Refused(400, f"Required when frequency is '{after['frequency']}'.", name)
        if self.is_v3 and after["frequency"] == "scheduled" and after["starts_at"] is None:
            given |= {"starts_at": "2026-02-03T04:00:00Z", "timezone_name": "UTC"}
        return given

    def _check_target(self, target: Object) -> None:
        if target.get("type") == "email":
            if not target.get("value"):
                raise Refused(400, "Email delivery target must include a 'value' field.")
        elif target.get("type") != "slack":
            raise Refused(400, f"Invalid delivery target type: {target.get('type')}")
        elif int(target["integration_id"]) not in self.slack or not target["channel"]:
            raise Refused(400, "Slack integration(s) not found for this team.", "delivery_targets")

    def _check_numbers(self, given: Object) -> None:
        low = 100 if self.is_v3 else 10
        bounds = {
            "trigger_threshold": (low, 10_000),
            "cooldown_minutes": (60, 1440),
            "daily_run_cap": (1, 24),
        }
        for name, (least, most) in bounds.items():
            value = given.get(name)
            if value is not None and not least <= value <= most:
                raise Refused(400, f"Ensure this value is in {least}..{most}.", name)
        rule = given.get("rrule")
        if self.is_v3 and rule and rule != "FREQ=DAILY" and not rule.startswith("FREQ=WEEKLY;BYD"):
            raise Refused(400, "Scheduled reports support daily or weekly cadences.", "rrule")

    # -- what the file refers to

    def _integrations(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        return [
            {"id": number, "kind": "slack", "display_name": name, "config": {}}
            for number, name in self.slack.items()
        ]

    def _directories(self, method: str, parts: list[str], body: Object, query: Object) -> Any:
        return [{"id": found, "name": name} for found, name in self.directories.items()]

    def _found(self, rows: dict[str, Object], parts: list[str]) -> Object:
        uuid.UUID(parts[0])  # nothing else is sent
        if parts[0] not in rows:
            raise _not_found()
        return rows[parts[0]]

    # -- what must hold

    def running(self) -> set[str]:
        """Return the IDs of the evaluations that run and find a key, validated again or not."""
        return {
            each["id"]
            for each in self.evaluations.values()
            if each["enabled"] and not each["deleted"] and self.resolves(each, ("ok", "unknown"))
        }

    def facts(self) -> Object:
        """Return the configuration without IDs of new objects and times."""
        names = {found: key["name"] for found, key in self.keys.items()}

        def evaluation(row: Object) -> Object:
            shown = self._shown_evaluation(row)
            if model := shown["model_configuration"]:
                pinned = model["provider_key_id"]
                model["provider_key_id"] = names.get(pinned)
            return shown

        def rows(found: Mapping[str, Object]) -> list[str]:
            kept = [
                {name: value for name, value in row.items() if name not in _NOT_FACTS}
                for row in found.values()
                if not row.get("deleted")
            ]
            return sorted(json.dumps(row, sort_keys=True) for row in kept)

        named = {}
        for found, report in self.reports.items():
            about = self.evaluations[report["evaluation"]]
            if not about["deleted"] and self.is_listed(report):
                targets = [_with_text(each) for each in report["delivery_targets"]]
                named[found] = {
                    **report,
                    "evaluation": about["name"],
                    "delivery_targets": targets,
                    "starts_at": None if self.is_v3 else report["starts_at"],
                }
        return {
            "filters": self.filters,
            "jobs": rows(self.jobs),
            "keys": rows(self.keys),
            "secrets": sorted(self.secrets.values()),
            "active": self.active and names[self.active],
            "evaluations": rows({key: evaluation(row) for key, row in self.evaluations.items()}),
            "reports": rows(named),
        }


def _refuse_move(body: Object, report: Object) -> None:
    """Refuse to move a report to another evaluation, or to delete it, as V3 does."""
    if report and body.get("evaluation") not in (None, report["evaluation"]):
        text = "Report configs cannot be moved to another evaluation."
        raise Refused(400, text, "evaluation")
    if body.get("deleted", False) != report.get("deleted", False):
        raise Refused(400, "Report configs are deleted only with their evaluation.", "deleted")


def _in_utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _with_text(target: Object) -> Object:
    """Return a delivery target with the ID of an integration as a text: both forms are stored."""
    return {name: str(value) for name, value in target.items()}


def _filled(condition: Object) -> Object:
    return {"rollout_percentage": 100.0, "properties": [], **condition}


_NOT_FACTS = {"id", "created_at", "updated_at", "created_by", "status", "status_reason"}
_ADDRESS_FIELDS = ("azure_endpoint", "api_version", "base_url")


def _address_fields(provider: str, body: Object) -> Object:
    """Return the provider's own fields of a request, as they are stored."""
    address = providers.ADDRESSES.get(provider)
    given = {name: body[name] for name in _ADDRESS_FIELDS if name in body}
    found = {name: value for name, value in given.items() if address and name in address.fields}
    if "azure_endpoint" in found:
        found.setdefault("api_version", providers.AZURE_API_VERSION)
    return found

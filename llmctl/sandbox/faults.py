"""Fault injection, to test and rehearse how commands handle network failures.

A rule is `METHOD PATH [#N]: ACTION`, for instance `POST provider_keys: drop-after`. METHOD may be
`*`, PATH is a part of the request's path, and `#N` selects the Nth matching request only.

Actions, before or after the request is carried out:

- `drop-before`, `drop-after`: close the connection without a response.
- `drop-late SPAN`: the same, and carry out the request SPAN later.
- `status CODE [TEXT]`, `status-after CODE [TEXT]`: respond with this status; the former does not
  carry it out. TEXT is the detail of the error, or a JSON object, which is then the whole body. A
  success (2xx) without TEXT has no body.
- `delay SECONDS`: carry it out, and respond, after a delay.
- `lag SPAN`, for GET only: for SPAN after any write, respond as before it.
- `kill-before`, `kill-after`, each with an optional signal `INT`, `TERM` or `KILL` (the default):
  send the signal to the process; only for the in-process sandbox.

SPAN is a number of requests, or of seconds with an `s`: `3` or `2s`. `lag` counts the requests that
match its rule, `drop-late` counts all.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from llmctl.errors import Hint, UsageError
from llmctl.sandbox.replica import Replica, reading

_RULE = re.compile(
    r"\s*(?P<method>\*|[A-Z]+)\s+(?P<path>[^\s:#]+)(?:\s+#(?P<nth>[1-9][0-9]*))?\s*:\s*"
    r"(?P<action>[a-z-]+)(?:\s+(?P<argument>\S.*?))?\s*"
)

_NOTHING = ("", "takes no argument")
_STATUS = (
    r"(?P<number>[1-5][0-9]{2})(?:\s+(?P<text>.+))?",
    "needs a status code, for instance 503",
)
_SPAN = (
    r"(?P<number>[0-9]+(?:\.[0-9]+(?=s))?)(?P<unit>s)?",
    "needs a number of requests or seconds, for instance 3 or 2s",
)
_SIGNAL = ("(?P<signal>INT|TERM|KILL)?", "takes INT, TERM or KILL")

# Each action's argument, and the error if it is another.
_ACTIONS = {
    "drop-before": _NOTHING,
    "drop-after": _NOTHING,
    "drop-late": _SPAN,
    "status": _STATUS,
    "status-after": _STATUS,
    "delay": (r"(?P<number>[0-9]+(?:\.[0-9]+)?)", "needs a number of seconds, for instance 2"),
    "lag": _SPAN,
    "kill-before": _SIGNAL,
    "kill-after": _SIGNAL,
}


class Dropped(Exception):
    """The connection is closed without a response."""


class TooLate(Exception):
    """The client's timeout has passed."""


@dataclass
class Rule:
    """A rule, and the number of requests it has matched so far.

    `argument` is a status, a signal, or a number of requests or (`in_seconds`) seconds. `source` is
    the rule as it was given.
    """

    method: str
    path: str
    nth: int | None
    action: str
    source: str
    argument: float = 0
    in_seconds: bool = False
    text: str | None = None
    seen: int = 0
    replica: Replica = field(default_factory=Replica)

    def applies_to(self, method: str, path: str) -> bool:
        """Count the request if it matches; return True if the rule applies to it."""
        if self.method not in ("*", method) or self.path not in path:
            return False
        self.seen += 1
        return self.nth in (None, self.seen)

    def now(self, requests: int) -> float:
        """Return the time in the unit of `argument`, given the number of requests so far."""
        return time.monotonic() if self.in_seconds else requests


def parse_rules(texts: Iterable[str], *, source: str, may_kill: bool = False) -> list[Rule]:
    """Return the rules in `texts`. Raise UsageError, naming `source`, if one is invalid.

    `may_kill` permits `kill-...`: the sandbox runs in the process of the command.
    """
    return [_parse(text, source, may_kill) for text in texts]


def _parse(text: str, source: str, may_kill: bool) -> Rule:
    match = _RULE.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{source}: invalid rule",
            hint=Hint(
                "examples: 'POST provider_keys: drop-after', '* evaluation_config #2: status 503'"
            ),
        )
    method, path, nth, action, argument = match.groups()
    if action not in _ACTIONS:
        raise UsageError(
            f"{source}: there is no action {action}", hint=Hint(f"actions: {', '.join(_ACTIONS)}")
        )
    pattern, error = _ACTIONS[action]
    found = re.fullmatch(pattern, argument or "")
    if found is None:
        raise UsageError(f"{source}: {action} {error}")
    if action.startswith("kill") and not may_kill:
        raise UsageError(f"{source}: {action} only works with the profile sandbox")
    if action == "lag" and method != "GET":
        raise UsageError(f"{source}: lag only works with GET")
    rule = Rule(method, path, int(nth) if nth else None, action, text.strip())
    values = found.groupdict()
    if action.startswith("kill"):
        rule.argument = signal.Signals[f"SIG{values['signal'] or 'KILL'}"]
    elif "number" in values:
        rule.argument = float(values["number"])
    rule.in_seconds = values.get("unit") is not None
    rule.text = values.get("text")
    return rule


WSGIApplication = Callable[..., Any]
PATIENCE = "llmctl.patience"
FIRED = "llmctl.fired"


def with_faults(application: WSGIApplication, rules: Sequence[Rule]) -> WSGIApplication:
    """Return the application with faults: the first rule that matches a request applies.

    The result raises Dropped instead of returning a response; the server must then close the
    connection. If `environ` has PATIENCE, the client's timeout in seconds, it raises TooLate for a
    longer delay. FIRED in `environ` is the rule that applied.
    """
    return _Faulty(application, rules)


class _Faulty:
    def __init__(self, application: WSGIApplication, rules: Sequence[Rule]) -> None:
        self._application = application
        self._rules = rules
        self._requests = 0
        self._late: list[tuple[Rule, float, dict[str, Any]]] = []
        self._lock = threading.RLock()  # for the rules' counters, too

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        with self._lock:
            self._requests += 1
            self._carry_out_late()
            rule = self._rule(str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"]))
        if rule is None:
            return self._carry_out(environ, start_response)
        environ[FIRED] = rule.source
        if rule.action == "lag":
            return self._lag(rule, environ, start_response)
        if rule.action == "delay":
            return self._delay(rule.argument, environ, start_response)
        if rule.action.startswith("status"):
            return self._respond(rule, environ, start_response)
        return self._hang_up(rule, environ)

    def _rule(self, method: str, path: str) -> Rule | None:
        return next((rule for rule in self._rules if rule.applies_to(method, path)), None)

    def _carry_out(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> list[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            with self._lock:
                for rule in self._rules:
                    if rule.action == "lag":
                        rule.replica.write_follows(rule.now(rule.seen) + rule.argument)
        content = self._application(environ, start_response)
        try:
            return list(content)
        finally:
            content.close()

    def _carry_out_late(self) -> None:
        waiting, self._late = self._late, []
        for rule, due, environ in waiting:
            if rule.now(self._requests) > due:
                self._carry_out(environ, _ignore)
            else:
                self._late.append((rule, due, environ))

    def _lag(
        self, rule: Rule, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> list[bytes]:
        with self._lock:
            state = rule.replica.state(rule.now(rule.seen))
        with contextlib.nullcontext() if state is None else reading(state):
            return self._carry_out(environ, start_response)

    def _delay(
        self, seconds: float, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> list[bytes]:
        patience = float(environ.get(PATIENCE, seconds))
        time.sleep(min(seconds, patience))
        if patience < seconds:
            self._carry_out(environ, _ignore)
            raise TooLate
        return self._carry_out(environ, start_response)

    def _respond(
        self, rule: Rule, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> list[bytes]:
        if rule.action == "status-after":
            self._carry_out(environ, _ignore)
        body = _body(rule)
        headers = [("Content-Type", "application/json")] if body else []
        start_response(f"{rule.argument:.0f} Fault", headers)
        return [body]

    def _hang_up(self, rule: Rule, environ: dict[str, Any]) -> NoReturn:
        if rule.action == "drop-late":
            with self._lock:
                due = rule.now(self._requests) + rule.argument
                self._late.append((rule, due, _kept(environ)))
        elif rule.action.endswith("after"):
            self._carry_out(environ, _ignore)
        if rule.action.startswith("kill"):
            os.kill(os.getpid(), int(rule.argument))
        raise Dropped


def _body(rule: Rule) -> bytes:
    """Return the body of a response with the rule's status."""
    text = rule.text
    if text is None and 200 <= rule.argument < 300:
        return b""
    if text is not None and text.startswith("{"):
        with contextlib.suppress(ValueError):
            return json.dumps(json.loads(text)).encode()
    detail = "Injected fault." if text is None else text
    body = {"type": "server_error", "code": "error", "detail": detail, "attr": None}
    return json.dumps(body).encode()


def _kept(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the request with its body in memory: the server's buffer ends with the connection."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return {**environ, "wsgi.input": io.BytesIO(body)}


def _ignore(*_: Any) -> Callable[..., Any]:
    return lambda data: None

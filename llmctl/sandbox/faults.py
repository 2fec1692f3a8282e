"""Fault injection, to test and rehearse how commands handle network failures.

A rule is `METHOD PATH [#N]: ACTION`, for instance `POST provider_keys: drop-after`. METHOD may be
`*`, PATH is a part of the request's path, and `#N` selects the Nth matching request only.

Actions, before or after the request is carried out:

- `drop-before`, `drop-after`: close the connection without a response.
- `status CODE`, `status-after CODE`: respond with this status; the former does not carry it out.
- `delay SECONDS`: carry it out, and respond, after a delay.
- `kill-before`, `kill-after`, each with an optional signal `INT`, `TERM` or `KILL` (the default):
  send the signal to the process; only for the in-process sandbox.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from llmctl.errors import Hint, UsageError

_RULE = re.compile(
    r"\s*(?P<method>\*|[A-Z]+)\s+(?P<path>[^\s:#]+)(?:\s+#(?P<nth>[1-9][0-9]*))?\s*:\s*"
    r"(?:(?P<plain>drop-before|drop-after)"
    r"|(?P<kill>kill-before|kill-after)(?:\s+(?P<signal>INT|TERM|KILL))?"
    r"|(?P<status>status|status-after)\s+(?P<code>[1-5][0-9]{2})"
    r"|delay\s+(?P<seconds>[0-9]+(?:\.[0-9]+)?))\s*"
)


class Dropped(Exception):
    """The connection is closed without a response."""


class TooLate(Exception):
    """The client's timeout has passed."""


@dataclass
class Rule:
    """A rule, and the number of requests it has matched so far."""

    method: str
    path: str
    nth: int | None
    action: str
    argument: float = 0
    seen: int = 0

    def applies_to(self, method: str, path: str) -> bool:
        """Count the request if it matches; return True if the rule applies to it."""
        if self.method not in ("*", method) or self.path not in path:
            return False
        self.seen += 1
        return self.nth in (None, self.seen)


def parse_rules(texts: Iterable[str], *, source: str, may_kill: bool = False) -> list[Rule]:
    """Return the rules in `texts`. Raise UsageError, naming `source`, if one is invalid.

    `may_kill` permits `kill-...`: the sandbox runs in the process of the command.
    """
    rules = []
    for text in texts:
        match = _RULE.fullmatch(text)
        if match is None:
            raise UsageError(
                f"{source}: invalid rule",
                hint=Hint(
                    "examples: 'POST provider_keys: drop-after', "
                    "'* evaluation_config #2: status 503'"
                ),
            )
        found = match.groupdict()
        action = found["plain"] or found["kill"] or found["status"] or "delay"
        if found["kill"] and not may_kill:
            raise UsageError(f"{source}: {action} only works with the profile sandbox")
        number = signal.Signals[f"SIG{found['signal'] or 'KILL'}"] if found["kill"] else 0
        argument = float(found["code"] or found["seconds"] or number)
        nth = int(found["nth"]) if found["nth"] else None
        rules.append(Rule(found["method"], found["path"], nth, action, argument))
    return rules


WSGIApplication = Callable[..., Any]
PATIENCE = "llmctl.patience"


def with_faults(application: WSGIApplication, rules: Sequence[Rule]) -> WSGIApplication:
    """Return the application with faults: the first rule that matches a request applies.

    The result raises Dropped instead of returning a response; the server must then close the
    connection. If `environ` has PATIENCE, the client's timeout in seconds, it raises TooLate for a
    longer delay.
    """

    def faulty(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
        rule = next((rule for rule in rules if rule.applies_to(method, path)), None)
        if rule is None:
            content: Iterable[bytes] = application(environ, start_response)
            return content
        if rule.action == "delay":
            patience = float(environ.get(PATIENCE, rule.argument))
            time.sleep(min(rule.argument, patience))
            if patience < rule.argument:
                _run(application, environ, _ignore)
                raise TooLate
            return list(_run(application, environ, start_response))
        if rule.action.startswith(("drop", "kill")):
            if rule.action.endswith("after"):
                _run(application, environ, _ignore)
            if rule.action.startswith("kill"):
                os.kill(os.getpid(), int(rule.argument))
            raise Dropped
        if rule.action == "status-after":
            _run(application, environ, _ignore)
        start_response(f"{rule.argument:.0f} Fault", [("Content-Type", "application/json")])
        return [b'{"type":"server_error","code":"error","detail":"Injected fault.","attr":null}']

    return faulty


def _run(
    application: WSGIApplication, environ: dict[str, Any], start_response: Callable[..., Any]
) -> list[bytes]:
    content = application(environ, start_response)
    try:
        return list(content)
    finally:
        content.close()


def _ignore(*_: Any) -> Callable[..., Any]:
    return lambda data: None

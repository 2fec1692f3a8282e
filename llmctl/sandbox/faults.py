"""Faults on demand, so that tests and scripts can meet what networks do.

A rule is `METHOD PATH [#N]: ACTION`, for instance `POST provider_keys: drop-after`. METHOD may be
`*`; PATH is a part of the request's path; `#N` picks the Nth request that fits, else each does.
The actions: `drop-before` and `drop-after` doing it hang up without an answer; `status CODE`
answers so in place of doing it, `status-after CODE` after it; `delay SECONDS` does it later;
`kill-before` and `kill-after` kill the command that asks, or send it the signal `INT` or `TERM`,
where the sandbox is in its process.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from llmctl.errors import UsageError

_RULE = re.compile(
    r"\s*(?P<method>\*|[A-Z]+)\s+(?P<path>[^\s:#]+)(?:\s+#(?P<nth>[1-9][0-9]*))?\s*:\s*"
    r"(?:(?P<plain>drop-before|drop-after)"
    r"|(?P<kill>kill-before|kill-after)(?:\s+(?P<signal>INT|TERM|KILL))?"
    r"|(?P<status>status|status-after)\s+(?P<code>[1-5][0-9]{2})"
    r"|delay\s+(?P<seconds>[0-9]+(?:\.[0-9]+)?))\s*"
)


class Dropped(Exception):
    """The connection ends here, without an answer."""


class TooLate(Exception):
    """Nobody waits for the answer any more."""


@dataclass
class Rule:
    """One rule, and how many requests it has fitted so far."""

    method: str
    path: str
    nth: int | None
    action: str
    argument: float = 0
    seen: int = 0

    def fits(self, method: str, path: str) -> bool:
        """Whether it is this request's turn."""
        if self.method not in ("*", method) or self.path not in path:
            return False
        self.seen += 1
        return self.nth in (None, self.seen)


def parse_rules(texts: Iterable[str], *, source: str, may_kill: bool = False) -> list[Rule]:
    """The rules in `texts`. UsageError where one cannot be understood.

    `may_kill`: the sandbox runs in the process of the command that asks it.
    """
    rules = []
    for text in texts:
        match = _RULE.fullmatch(text)
        if match is None:
            raise UsageError(
                f"{source}: not a rule",
                hint="for instance: 'POST provider_keys: drop-after' or "
                "'* evaluation_config #2: status 503'",
            )
        found = match.groupdict()
        action = found["plain"] or found["kill"] or found["status"] or "delay"
        if found["kill"] and not may_kill:
            raise UsageError(f"{source}: {action} is for the profile sandbox only")
        number = signal.Signals[f"SIG{found['signal'] or 'KILL'}"] if found["kill"] else 0
        argument = float(found["code"] or found["seconds"] or number)
        nth = int(found["nth"]) if found["nth"] else None
        rules.append(Rule(found["method"], found["path"], nth, action, argument))
    return rules


WSGIApplication = Callable[..., Any]
PATIENCE = "llmctl.patience"


def with_faults(application: WSGIApplication, rules: Sequence[Rule]) -> WSGIApplication:
    """The application, with the first rule that fits a request applied to it.

    Raises Dropped in place of an answer; who serves it must hang up then. With `llmctl.patience`
    in the environment, the seconds that the client waits, TooLate for a longer delay.
    """

    def faulty(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
        rule = next((rule for rule in rules if rule.fits(method, path)), None)
        if rule is None:
            answer: Iterable[bytes] = application(environ, start_response)
            return answer
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
        return [b'{"type":"server_error","code":"error","detail":"A fault on demand.","attr":null}']

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

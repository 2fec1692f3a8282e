"""The configurations of an evaluation: of its kind, its output and its target.

Each check returns what the server stores, with the defaults filled in. It raises ValueError with
the server's message; only the part that pydantic writes is shorter here.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Config = dict[str, Any]

Check = Callable[[Config], Config]

JUDGE = "llm_judge"
SCORES = {"numeric", "categorical"}
TARGETS = ["generation", "trace"]
TARGETS_V3 = [*TARGETS, "session"]

_INTEGER = 33  # the operation of Hog's virtual machine that pushes a number


def bytecode(source: object) -> list[Any]:
    """Return what stands for the bytecode of a source or of filters: the sandbox compiles none.

    As on the server, that of other code is different.
    """
    return ["_H", 1, _INTEGER, zlib.crc32(str(source).encode())]


class _Invalid(Exception):
    """A value of a field that is not allowed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}\n  {message}")


def checked_configs(
    outputs: Mapping[str, Check], kind: str, output: str, config: Any, output_config: Any
) -> tuple[Config, Config]:
    """Return both configurations as stored; `outputs` is OUTPUTS or OUTPUTS_V3.

    Types that do not go together are an error, too.
    """
    if (kind == "sentiment") != (output == "sentiment"):
        raise ValueError(f"Unsupported combination: {kind} + {output}")
    try:
        return (
            _checked(_MODELS[kind], TYPES[kind], config),
            _checked(f"{output.capitalize()}OutputConfig", outputs[output], output_config),
        )
    except ValueError as error:
        raise ValueError(f"Invalid config for {kind}/{output}: {error}") from None


def _checked(model: str, check: Check, config: Any) -> Config:
    if not isinstance(config, Mapping):
        kind = type(config).__name__
        raise ValueError(f"{model}() argument after ** must be a mapping, not {kind}")
    try:
        found = check(dict(config))
    except _Invalid as error:
        raise ValueError(f"1 validation error for {model}\n{error}") from None
    return {name: value for name, value in found.items() if value is not None}


def _judge(config: Config) -> Config:
    return {"prompt": _text(config, "prompt", "Prompt").strip()}


def _hog(config: Config) -> Config:
    return {
        "source": _text(config, "source", "Source code"),
        "bytecode": bytecode(config["source"]),
    }


def _sentiment(config: Config) -> Config:
    if config.get("source", "user_messages") != "user_messages":
        raise _Invalid("source", "Input should be 'user_messages'")
    return {"source": "user_messages"}


def _boolean_output(config: Config) -> Config:
    return {"allows_na": _flag(config, "allows_na")}


def _boolean_output_v3(config: Config) -> Config:
    _forbid_others(config, {"allows_na", "true_is_failure"})
    return {name: _flag(config, name) for name in ("allows_na", "true_is_failure")}


def _numeric_output(config: Config) -> Config:
    _forbid_others(config, {"min", "max", "step", "allows_na", "passing_rule"})
    low, high, step = (_number(config, name) for name in ("min", "max", "step"))
    if low is not None and high is not None and low > high:
        raise _Invalid("min", "Value error, min must be less than or equal to max")
    if step is not None and step <= 0:
        raise _Invalid("step", "Input should be greater than 0")
    rule = config.get("passing_rule")
    if rule is not None:
        rule = _mapping(rule, "passing_rule")
        _choice(rule, "operator", ("gte", "lte"))
        threshold = _number(rule, "threshold", required=True)
        if not (low is None or low <= threshold) or not (high is None or threshold <= high):
            raise _Invalid("passing_rule", "Value error, threshold must be within the bounds")
        rule = {"operator": rule["operator"], "threshold": threshold}
    return {
        "min": low,
        "max": high,
        "step": step,
        "allows_na": _flag(config, "allows_na"),
        "passing_rule": rule,
    }


_KEY = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")


def _categorical_output(config: Config) -> Config:
    _forbid_others(config, {"options", "selection_mode", "allows_na", "passing_rule"})
    options = config.get("options")
    if not isinstance(options, list) or not options:
        raise _Invalid("options", "Input should be a valid list with at least 1 item")
    found = [_option(each) for each in options]
    keys = [each["key"] for each in found]
    if len({*keys}) < len(keys):
        raise _Invalid("options", "Value error, keys must be unique")
    if "selection_mode" in config:
        _choice(config, "selection_mode", ("single", "multiple"))
    rule = config.get("passing_rule")
    if rule is not None:
        categories = _mapping(rule, "passing_rule").get("categories")
        if not isinstance(categories, list) or not all(each in keys for each in categories):
            raise _Invalid("passing_rule", "Value error, categories must be keys of options")
        rule = {"categories": categories}
    return {
        "options": found,
        "selection_mode": config.get("selection_mode", "single"),
        "allows_na": _flag(config, "allows_na"),
        "passing_rule": rule,
    }


def _option(value: Any) -> Config:
    option = _mapping(value, "options")
    key, label = (_text(option, name, name.capitalize()) for name in ("key", "label"))
    if not _KEY.fullmatch(key) or len(key) > 128:
        raise _Invalid("options", f"String should match pattern '^{_KEY.pattern}$'")
    if len(label) > 256:
        raise _Invalid("options", "String should have at most 256 characters")
    return {"key": key, "label": label}


def _forbid_others(config: Config, known: set[str], prefix: str = "") -> None:
    for name in config:
        if name not in known:
            raise _Invalid(f"{prefix}{name}", "Extra inputs are not permitted")


def _text(config: Config, name: str, called: str) -> str:
    if name not in config:
        raise _Invalid(name, "Field required")
    if not isinstance(config[name], str):
        raise _Invalid(name, "Input should be a valid string")
    if not config[name]:
        raise _Invalid(name, "String should have at least 1 character")
    if not config[name].strip():
        raise _Invalid(name, f"Value error, {called} cannot be empty")
    return str(config[name])


def _flag(config: Config, name: str) -> bool:
    value = config.get(name, False)
    if not isinstance(value, bool):
        raise _Invalid(name, "Input should be a valid boolean")
    return value


def _number(config: Config, name: str, *, required: bool = False) -> Any:
    value = config.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Invalid(name, "Input should be a finite number")
    return float(value)


def _mapping(value: Any, name: str) -> Config:
    if not isinstance(value, Mapping):
        raise _Invalid(name, "Input should be a valid dictionary")
    return dict(value)


def _choice(config: Config, name: str, known: tuple[str, str]) -> None:
    if config.get(name) not in known:
        raise _Invalid(name, f"Input should be '{known[0]}' or '{known[1]}'")


_MODELS = {JUDGE: "LLMJudgeConfig", "hog": "HogEvalConfig", "sentiment": "SentimentEvalConfig"}
TYPES: dict[str, Check] = {JUDGE: _judge, "hog": _hog, "sentiment": _sentiment}
OUTPUTS: dict[str, Check] = {"boolean": _boolean_output, "sentiment": lambda config: {}}
OUTPUTS_V3 = {
    **OUTPUTS,
    "boolean": _boolean_output_v3,
    "numeric": _numeric_output,
    "categorical": _categorical_output,
}


class _Range(NamedTuple):
    """The bounds of a number of seconds, and its default."""

    low: int
    high: int
    default: int


_TARGETS: dict[str, dict[str, _Range]] = {
    "trace": {
        "window_seconds": _Range(10, 7200, 1800),
        "quiet_period_seconds": _Range(10, 1800, 300),
        "max_age_seconds": _Range(60, 7200, 7200),
    },
    "session": {
        "window_seconds": _Range(10, 604_800, 1800),  # this default is not known
        "quiet_period_seconds": _Range(10, 86_400, 3600),
        "max_age_seconds": _Range(60, 604_800, 86_400),
    },
}
_STRATEGIES = {
    "fixed_window": ("window_seconds",),
    "inactivity": ("quiet_period_seconds", "max_age_seconds"),
}
_DEFAULT_STRATEGY = {"trace": "fixed_window", "session": "inactivity"}


def checked_target_config(target: str, config: Any) -> Config:
    """Return it as stored: when a trace or session is complete; empty for a generation."""
    if target not in _TARGETS:
        return {}
    if not isinstance(config, dict):
        raise ValueError(
            f"Invalid target_config for {target}: '{type(config).__name__}' object is not a mapping"
        )
    strategy = config.get("strategy", _DEFAULT_STRATEGY[target])
    try:
        if strategy not in _STRATEGIES:
            raise _Invalid("strategy", "Input should be 'fixed_window' or 'inactivity'")
        names = _STRATEGIES[strategy]
        _forbid_others(config, {"strategy", *names}, prefix=f"{strategy}.")
        found = {name: _seconds(config, name, _TARGETS[target][name]) for name in names}
        if found.get("max_age_seconds", 0) < found.get("quiet_period_seconds", 0):
            raise _Invalid(
                strategy,
                "Value error, max_age_seconds must be greater than or equal to "
                "quiet_period_seconds",
            )
    except _Invalid as error:
        raise ValueError(
            f"Invalid target_config for {target}: 1 validation error\n{error}"
        ) from None
    return {"strategy": strategy, **found}


def _seconds(config: Config, name: str, bounds: _Range) -> int:
    value = config.get(name, bounds.default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Invalid(name, "Input should be a valid integer")
    if value < bounds.low:
        raise _Invalid(name, f"Input should be greater than or equal to {bounds.low}")
    if value > bounds.high:
        raise _Invalid(name, f"Input should be less than or equal to {bounds.high}")
    return value

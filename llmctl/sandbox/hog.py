"""The subset of Hog that the sandbox runs, and the generations to run it on.

Hog has its own compiler and virtual machine. The sandbox runs only what it understands entirely,
so that it never shows a result that PostHog would not: `print(...)` and `return`, with literals,
`input`, `output`, `properties.NAME`, `length`, `lower`, `upper`, comparisons, `like`, `and`, `or`
and `not`. For other code, the result of each sample is an error.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

ONLY = (
    "The sandbox runs only print and return, with comparisons of input, output, properties and "
    "literals."
)


class DoesNotCompileError(Exception):
    """The source is not Hog; the message is all that the server says."""

    def __init__(self) -> None:
        super().__init__("{'hog': ErrorDetail(string='Hog code has errors.', code='invalid')}")


class HogError(Exception):
    """The source cannot be run on a sample; the message is for the user."""


class _NotUnderstood(Exception):
    """The source is more than this module understands."""


class Generation(NamedTuple):
    """A generation, as an event."""

    uuid: str
    input: str
    output: str
    properties: dict[str, Any]


def _generation(number: int, question: str, answer: str, model: str, latency: float) -> Generation:
    properties = {
        "$ai_trace_id": f"01990000-0000-7000-8000-00000000006{number}",
        "$ai_provider": "openai",
        "$ai_model": model,
        "$ai_input": question,
        "$ai_output_choices": answer,
        "$ai_latency": latency,
        "$ai_is_error": not answer,
    }
    uuid = f"01990000-0000-7000-8000-00000000005{number}"
    return Generation(uuid, question, answer, properties)


GENERATIONS = [
    _generation(
        1, "Can I return shoes that I have worn once?", "No, only unworn shoes.", "gpt-5-mini", 0.8
    ),
    _generation(
        2, "When will my parcel arrive? And who brings it?", "On Tuesday.", "gpt-5-mini", 1.4
    ),
    _generation(3, "Wo ist meine Bestellung?", "Your order is on its way.", "gpt-5", 3.2),
    _generation(4, "Tell me a joke.", "", "gpt-5-mini", 0.1),
]

Value = Callable[[Generation], Any]


class Program:
    """A source that looks like Hog. Raise DoesNotCompileError if it does not."""

    def __init__(self, source: str) -> None:
        tokens = _tokens(source)
        _check_brackets(tokens)
        try:
            self._run: Callable[[Generation, list[str]], Any] | None = _Parser(tokens).program()
        except (_NotUnderstood, RecursionError):
            self._run = None

    def run(self, sample: Generation) -> tuple[Any, str]:
        """Return what the source returns, and what it prints. Raise HogError if it cannot run."""
        if self._run is None:
            raise HogError(ONLY)
        printed: list[str] = []
        try:
            return self._run(sample, printed), "\n".join(printed)
        except TypeError:
            raise HogError("The sandbox does not convert values to other types.") from None


_TOKEN = re.compile(
    r"""(?P<space> \s+ | //[^\n]* | --[^\n]* | /\*.*?\*/ )
    | (?P<string> '(?:[^'\\]|\\.)*' )
    | (?P<number> \d+(?:\.\d+)? )
    | (?P<name> [A-Za-z_$][\w$]* | "[^"]+" )
    | (?P<sign> :=|==|!=|<=|>=|=~|!~|\?\?|\?\.|->|[-+*/%<>=!?.,:;(){}\[\]] )""",
    re.VERBOSE | re.DOTALL,
)
_Token = tuple[str, str]


def _tokens(source: str) -> list[_Token]:
    """Return kind and text of each token."""
    found, position = [], 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise DoesNotCompileError
        position = match.end()
        if match.lastgroup != "space":
            found.append((str(match.lastgroup), match[0]))
    return found


def _check_brackets(tokens: list[_Token]) -> None:
    closing = {"(": ")", "[": "]", "{": "}"}
    expected: list[str] = []
    for kind, text in tokens:
        if kind == "sign" and text in closing:
            expected.append(closing[text])
        elif kind != "sign" or text not in closing.values():
            continue
        elif not expected or expected.pop() != text:
            raise DoesNotCompileError
    if expected:
        raise DoesNotCompileError


def _equal(left: Any, right: Any) -> bool:
    """Return True if both are equal. Raise TypeError where Hog would convert one of them."""
    kinds = {float if type(each) is int else type(each) for each in (left, right)}
    if len(kinds - {type(None)}) > 1:
        raise TypeError
    return bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return the comparison, which is false for null."""
    return lambda left, right: left is not None and right is not None and compare(left, right)


def _like(text: Any, pattern: Any, flags: int = 0) -> bool:
    if not isinstance(text, str) or not isinstance(pattern, str):
        return False
    parts = {"%": ".*", "_": "."}
    regex = "".join(
        parts.get(character, re.escape(character)) for character in re.sub("%+", "%", pattern)
    )
    return re.fullmatch(regex, text, re.DOTALL | flags) is not None


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "like": _like,
    "ilike": lambda text, pattern: _like(text, pattern, re.IGNORECASE),
}
_LITERALS = {"true": True, "false": False, "null": None}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "length": len,
    "lower": str.lower,
    "upper": str.upper,
}


class _Parser:
    """A parser of what this module understands; it raises _NotUnderstood for all else."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def program(self) -> Callable[[Generation, list[str]], Any]:
        """Parse `print(...)` statements, then `return`."""
        printed: list[Value] = []
        while self._takes("print"):
            self._expect("(")
            printed.append(self._any())
            self._expect(")")
            self._takes(";")
        self._expect("return")
        value = self._any()
        self._takes(";")
        if self._next < len(self._tokens):
            raise _NotUnderstood

        def run(sample: Generation, lines: list[str]) -> Any:
            lines += [_text(each(sample)) for each in printed]
            return value(sample)

        return run

    def _takes(self, text: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][1] == text:
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise _NotUnderstood

    def _any(self) -> Value:
        found = [self._all()]
        while self._takes("or"):
            found.append(self._all())
        if len(found) == 1:
            return found[0]
        return lambda sample: any(each(sample) for each in found)

    def _all(self) -> Value:
        found = [self._negation()]
        while self._takes("and"):
            found.append(self._negation())
        if len(found) == 1:
            return found[0]
        return lambda sample: all(each(sample) for each in found)

    def _negation(self) -> Value:
        if self._takes("not"):
            value = self._negation()
            return lambda sample: not value(sample)
        left = self._operand()
        for sign, compare in _COMPARISONS.items():
            if self._takes(sign):
                right = self._operand()
                return lambda sample: compare(left(sample), right(sample))
        return left

    def _operand(self) -> Value:
        if self._takes("("):
            value = self._any()
            self._expect(")")
            return value
        if self._next == len(self._tokens):
            raise _NotUnderstood
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "name":
            return self._name(text)
        if kind == "number":
            return _constant(float(text) if "." in text else int(text))
        if kind == "string" and "\\" not in text:
            return _constant(text[1:-1])
        raise _NotUnderstood

    def _name(self, name: str) -> Value:
        if name in _LITERALS:
            return _constant(_LITERALS[name])
        if name in ("input", "output"):
            return operator.attrgetter(name)
        if name == "properties":
            self._expect(".")
            kind, key = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
            if kind != "name":
                raise _NotUnderstood
            self._next += 1
            return lambda sample: sample.properties.get(key.strip('"'))
        if name in _FUNCTIONS:
            self._expect("(")
            value = self._any()
            self._expect(")")
            return lambda sample: _FUNCTIONS[name](value(sample))
        raise _NotUnderstood


def _constant(value: Any) -> Value:
    return lambda sample: value


def _text(value: Any) -> str:
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def checked_result(value: Any, output_type: str, output_config: dict[str, Any]) -> Any:
    """Return what the source returned, or None for N/A. Raise HogError if it is not of the type."""
    allows_na = output_config.get("allows_na")
    if value is None and allows_na:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if output_type == "categorical":
        found = value if isinstance(value, list) else [value]
        keys = [option["key"] for option in output_config["options"]]
        is_good = all(each in keys for each in found)
        wanted = "category keys"
    elif output_type == "numeric":
        low, high = (output_config.get(name) for name in ("min", "max"))
        is_good = is_number and math.isfinite(value)
        is_good = is_good and (low is None or low <= value) and (high is None or value <= high)
        wanted = "a number within the bounds"
    else:
        is_good, wanted, found = isinstance(value, bool), "boolean", value
    if not is_good:
        hint = " (or null if N/A is enabled)" if allows_na else ""
        raise HogError(f"Must return {wanted}{hint}, got {type(value).__name__}: {value}")
    return found if output_type == "categorical" else value

"""The places of what is in a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.project_file.toml_places import Path, Places

NAMES = st.sampled_from(["a", "b-c", "D_1", "7", "a b", 'q"', "é", "it's", "", "x.y", "#", "=[{"])
TEXTS = st.lists(
    st.sampled_from(["a", '"', "'", "\\", "\n", "#", "]", "}", ",", "=", "é", "[x]", "${vars.a}"]),
    max_size=6,
).map("".join)
SCALARS = TEXTS | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=3), max_size=4)


class Writer:
    """Writes a document in one of its many forms, noting where each key and element is."""

    def __init__(self, data: st.DataObject) -> None:
        self.text = ""
        self.places: dict[Path, int] = {}
        self._data = data

    def document(self, values: dict[str, Any]) -> None:
        tables = {
            name: value
            for name, value in values.items()
            if (isinstance(value, dict) or _is_array_of_tables(value))
            and self._data.draw(st.booleans())
        }
        for name, value in values.items():
            if name not in tables:
                self._filler()
                self._pair((), name, value)
                self._end_line()
        for name, value in tables.items():
            for index, table in enumerate([value] if isinstance(value, dict) else value):
                self._filler()
                header, path = self._key(name), (name,) if table is value else (name, index)
                self.places[path] = len(self.text)
                self.places.setdefault((name,), len(self.text))
                self.text += f"[ {header} ]" if table is value else f"[[{header}]]"
                self._end_line()
                for key, each in table.items():
                    self._pair(path, key, each)
                    self._end_line()

    def _pair(self, path: Path, name: str, value: Any) -> None:
        self.text += self._choose("", " ", "\t") if not path else ""
        self.places[*path, name] = len(self.text)
        self.text += self._key(name)
        if isinstance(value, dict) and len(value) == 1 and self._data.draw(st.booleans()):
            self.text += self._choose(".", " . ")
            ((inner, below),) = value.items()
            self._pair((*path, name), inner, below)
            return
        self.text += self._choose("=", " = ")
        self._value((*path, name), value)

    def _value(self, path: Path, value: Any) -> None:
        if isinstance(value, str):
            self.text += self._string(value)
        elif isinstance(value, dict):
            self.text += "{"
            for number, (name, each) in enumerate(value.items()):
                self.text += self._choose(", ", ",") if number else " "
                self._pair(path, name, each)
            self.text += " }"
        elif isinstance(value, list):
            self.text += "["
            for index, each in enumerate(value):
                self.text += self._choose("", " ", "\n  ", " # ] x\n")
                self.places[*path, index] = len(self.text)
                self._value((*path, index), each)
                last = index == len(value) - 1
                self.text += self._choose(",", " ,", "\n,") if not last else self._choose("", ",")
            self.text += self._choose("", "\n", " # }\n") + "]"
        else:
            self.text += str(value).lower()

    def _key(self, name: str) -> str:
        bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        forms = [_basic(name)]
        if "'" not in name:
            forms.append(f"'{name}'")
        return self._choose(*forms, *([name] if bare else []))

    def _string(self, text: str) -> str:
        forms = [_basic(text), f'"""\n{_basic(text)[1:-1]}"""', f'"""{_basic(text)[1:-1]}"""']
        if "'" not in text and "\n" not in text:
            forms.append(f"'{text}'")
        if "'''" not in text:
            forms.append(f"'''\n{text}'''")
        plain = text.replace("\\", "\\\\")
        if '"""' not in plain:
            forms.append(f'"""\n{plain}"""')
        return self._choose(*forms)

    def _filler(self) -> None:
        self.text += self._choose("", "\n", "# '''\n", "  # [x]\n\n")

    def _end_line(self) -> None:
        self.text += self._choose("\n", " \n", ' # """\n')

    def _choose(self, *forms: str) -> str:
        return self._data.draw(st.sampled_from(forms))


@settings(max_examples=60)
@given(st.data(), DOCUMENTS)
def test_places_of_generated_documents(data: st.DataObject, values: dict[str, Any]) -> None:
    writer = Writer(data)
    writer.document(values)
    try:
        found = tomllib.loads(writer.text)
    except tomllib.TOMLDecodeError:  # a string that ends in too many quotes
        return
    assert found == values
    places = Places(writer.text)
    assert not places.clashes
    assert {path: places.find(path).key for path in writer.places} == writer.places


def test_headers_and_dotted_keys() -> None:
    text = """\
a.b.c = 1
a.b.d = {e.f = [1, {g = 2}]}
[[t]]
x = 1
[t.sub]
y = 1
[[t.list]]
[[t.list]]
z = 1979-05-27 07:32:00 # a space
[[t]]
[t.sub.deep]
[super.of]
[super]
"""
    places = Places(text)
    expected = {
        ("a",): "a.b.c",
        ("a", "b"): "b.c",
        ("a", "b", "c"): "c = 1",
        ("a", "b", "d"): "d = {",
        ("a", "b", "d", "e", "f", 1): "{g",
        ("a", "b", "d", "e", "f", 1, "g"): "g = 2",
        ("t", 0, "x"): "x",
        ("t", 0, "sub"): "[t.sub]",
        ("t", 0, "list", 1): "[[t.list]]\nz",
        ("t", 0, "list", 1, "z"): "z",
        ("t", 1): "[[t]]\n[t.sub.deep]",
        ("t", 1, "sub", "deep"): "[t.sub.deep]",
        ("super",): "[super]",
        ("t", 1, "sub", "deep", "none"): "[t.sub.deep]",
    }
    for path, start in expected.items():
        assert text.startswith(start, places.find(path).key), path
    place = places.find(("t", 0, "list", 1, "z"))
    assert text[place.start : place.end] == "1979-05-27 07:32:00"
    assert not places.clashes


@given(st.lists(st.sampled_from("[]{}=.,\"'\\#\n a1"), max_size=40).map("".join))
def test_any_text(text: str) -> None:
    Places(text)


def _basic(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _is_array_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)

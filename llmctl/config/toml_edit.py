"""Change a TOML file that people also edit by hand, keeping comments, order and layout."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.items import Item, Table


def edited(text: str, document: dict[str, Any]) -> str:
    """Return `text`, which is valid TOML, changed so that it holds exactly `document`.

    Comments right above a table's header belong to that table, and go when it is removed. A file in
    a layout that tomlkit cannot change correctly (tables out of order, dotted keys as tables) is
    rewritten without its comments.
    """
    import tomllib

    import tomli_w
    import tomlkit

    # tomlkit fails in many ways on rare layouts; whatever it returns is checked below.
    with contextlib.suppress(Exception):
        layout = tomlkit.parse(text.replace("\r\n", "\n"))
        _attach_comments(layout)
        _merge(layout, document)
        changed = layout.as_string()
        if _without_empty(tomllib.loads(changed)) == _without_empty(document):
            return changed
    return tomli_w.dumps(document)


def _merge(container: Container, values: dict[str, Any]) -> None:
    """Set the container to `values`, changing only what differs."""
    from tomlkit.items import Table

    for name in [name for name in container if name not in values]:
        container.remove(name)
    for name, value in values.items():
        if name not in container:
            _append(container, name, value)
            continue
        old = container[name]
        if isinstance(old, Table) and isinstance(value, dict):
            _merge(old.value, value)
        elif old.unwrap() != value:
            container[name] = value


def _append(container: Container, name: str, value: Any) -> None:
    """Add a setting after the last one, before the comments at the end of its table."""
    from tomlkit import item
    from tomlkit.items import Comment, Whitespace

    ending: list[Item] = []
    if len(container) and not isinstance(value, dict):
        while isinstance(container.body[-1][1], Comment | Whitespace):
            ending.append(container.body.pop()[1])
    container.append(name, item(value))
    for each in reversed(ending):
        container.add(each)


def _attach_comments(document: Container) -> None:
    """Attach comments to the header right below them.

    tomlkit keeps them at the end of the table before. There, a new setting would separate them
    from their header, and they would be lost when that table is removed.
    """
    from tomlkit.items import Comment, Table, Whitespace

    above: list[tuple[Container, int]] = []  # the comments of the block that was read last
    for container, index, item in _items(document):
        if isinstance(item, Comment):
            above.append((container, index))
            continue
        if isinstance(item, Table):
            lines = [of.body[number][1].as_string() for of, number in above]
            item.trivia.indent = "".join([*lines, item.trivia.indent])
            for of, number in above:
                of.body[number] = (None, Whitespace(""))
        above = []


def _items(container: Container) -> Iterator[tuple[Container, int, Item]]:
    """Yield each item with its container and index, in file order; a Table is its header line."""
    from tomlkit.items import AoT, Table

    for index, (key, item) in enumerate(container.body):
        tables: list[Table] = item.body if isinstance(item, AoT) else []
        if isinstance(item, Table):
            tables = [item]
        elif not tables:
            yield container, index, item
        for table in tables:
            has_header = not (table.is_super_table() or (key is not None and key.is_dotted()))
            if has_header:
                yield container, index, table
            yield from _items(table.value)


def _without_empty(document: dict[str, Any]) -> dict[str, Any]:
    """Drop empty tables: an empty `[profiles]` means the same as none."""
    return {name: value for name, value in document.items() if value != {}}

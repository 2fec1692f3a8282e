"""`edit`: change an object in the user's editor, as TOML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from llmctl.api.resources import Resource, Target
from llmctl.cli.injection import Depends
from llmctl.cli.options import DryRunOption, YesOption
from llmctl.errors import ConflictError, Hint, LlmctlError, RejectedError, UsageError
from llmctl.output import Printer, note
from llmctl.output.messages import ask, can_ask

if TYPE_CHECKING:
    from llmctl.api.client import Client
    from llmctl.cli.toml_document import Document
    from llmctl.input.editor import Draft

Object = dict[str, Any]


@dataclass(eq=False, repr=False)
class EditorSession:
    """The user's editor on a terminal. UsageError if there is none of the two."""

    yes: YesOption = False
    dry_run: DryRunOption = False

    def __post_init__(self) -> None:
        if not can_ask():
            raise UsageError(
                "edit needs a terminal", hint=Hint("in a script, set the fields with options")
            )
        from llmctl.input.editor import find_editor

        self._editor = find_editor()

    def edit(
        self,
        client: Client,
        out: Printer,
        target: Target,
        fields: Mapping[str, str],
        write: Callable[[Object], Object],
    ) -> None:
        """Let the user edit an object, send the changed fields with `write`, and print the result.

        `fields` maps the names of those to edit to comments on their values. ConflictError if one
        of them was changed on the server meanwhile.
        """
        from llmctl.cli.toml_document import Document
        from llmctl.input.editor import open_draft

        found = client.get(target.resource, target.object_id)
        name = _name(target.resource, found)
        document = Document(name[0].upper() + name[1:], found, fields)
        with open_draft(f"{target.resource.command}.toml", document.text) as draft:
            while True:
                changes = self._edited(draft, document)
                if not changes:
                    note("nothing was changed")
                    return
                if not self._is_confirmed(f"Change {name}?", document, changes):
                    continue
                try:
                    _refuse_stale(client, target, document)
                    stored = write(changes)
                except RejectedError as error:
                    self._edit_again(error)
                    continue
                out.item(stored)
                client.confirm_writes()  # here, so that the text is kept if it was not all stored
                return

    def _edited(self, draft: Draft, document: Document) -> Object:
        """Return the changes that the user made in the editor."""
        from llmctl.cli.toml_document import BadDocumentError

        while True:
            draft.edit(self._editor)
            try:
                return document.changes(draft.read())
            except BadDocumentError as error:
                self._edit_again(UsageError(f"{error}; nothing was sent"))

    def _is_confirmed(self, question: str, document: Document, changes: Object) -> bool:
        """Return False to edit again. UsageError if the user declines."""
        from llmctl.output.difference import show_difference

        show_difference(*document.difference(changes))
        if self.yes or self.dry_run:
            return True
        answer = (ask(f"{question} [y]es, [n]o, [e]dit again: ") or "").lower()
        if answer in ("e", "edit"):
            return False
        if answer not in ("y", "yes"):
            raise UsageError("not confirmed; nothing was changed")
        return True

    def _edit_again(self, error: LlmctlError) -> None:
        """Ask to edit again. Raise the error unless the answer is yes."""
        if self.yes or self.dry_run:
            raise error
        note(error.message)
        answer = ask("Edit again? [Y/n] ")
        if answer is None or answer.lower() not in ("", "y", "yes"):
            raise error


Editor = Annotated[EditorSession, Depends(EditorSession)]


def _name(resource: Resource, found: Object) -> str:
    """Return the object in a sentence, with its name, if it has one, and its id."""
    if resource.is_single:
        return f"the {resource.noun}"
    if "name" not in found:
        return f"{resource.noun} {found.get('id')}"
    return f"{resource.noun} {found['name']} ({found.get('id')})"


def _refuse_stale(client: Client, target: Target, document: Document) -> None:
    """Raise ConflictError if the object is not as it was when the user began."""
    changed = document.changed_since(client.get(target.resource, target.object_id))
    if changed:
        raise ConflictError(
            f"{target.name or f'the {target.resource.noun}'} was changed meanwhile "
            f"({', '.join(changed)}); nothing was overwritten",
            hint=Hint("see what is stored", target.read_command),
        )

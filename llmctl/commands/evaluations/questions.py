"""The questions before evaluations start or stop scoring events."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from llmctl.api.compare import same
from llmctl.cli.dependencies import Confirmation
from llmctl.cli.injection import Depends
from llmctl.cli.options import DryRunOption, YesOption
from llmctl.commands.evaluations.fields import EvaluationChanges, NewEvaluation


class Question(NamedTuple):
    """The verb of a question, and a consequence that completes "It ..." and "They ..."."""

    verb: str
    consequence: str


ENABLE = Question("Enable", "will score new events, which can cost money")
DISABLE = Question("Disable", "will stop scoring; newer servers also disable the reports")
DELETE = Question(
    "Delete",
    "can be restored with update --not-deleted; newer servers also delete the reports, which "
    "cannot be restored",
)


def question(fields: dict[str, Any]) -> Question | None:
    """Return the question before fields of evaluations change; None if there is none.

    A value that is not clearly false may count as true on the server.
    """
    deleted = fields.get("deleted")
    if deleted is not None and not same(deleted, stored=False):
        return DELETE
    if "enabled" not in fields:
        return None
    return DISABLE if same(fields["enabled"], stored=False) else ENABLE


def _confirm_new(
    given: NewEvaluation, yes: YesOption = False, dry_run: DryRunOption = False
) -> Confirmation:
    return Confirmation(yes or question(given.fields) is not ENABLE, dry_run)


def _confirm_changes(
    changes: EvaluationChanges, yes: YesOption = False, dry_run: DryRunOption = False
) -> Confirmation:
    return Confirmation(yes or question(changes.fields) is None, dry_run)


# They ask only if there is a question.
ConfirmNew = Annotated[Confirmation, Depends(_confirm_new)]
ConfirmChanges = Annotated[Confirmation, Depends(_confirm_changes)]

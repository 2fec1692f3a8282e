"""list, get, create, update, delete: evaluations and their fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from llmctl.api.compare import same
from llmctl.api.find import Found, find
from llmctl.api.paging import Paging
from llmctl.api.resources import EVALUATION_DIRECTORIES, EVALUATIONS
from llmctl.cli.dependencies import Client, Confirm, Notes, Writer, pages
from llmctl.cli.injection import command
from llmctl.cli.objects import (
    Objects,
    confirm_each,
    described,
    find_all,
    for_each,
    print_each,
    show_each,
)
from llmctl.cli.options import reference_parser, word_parser
from llmctl.commands.evaluations.columns import COLUMNS, EvaluationPrinter
from llmctl.commands.evaluations.fields import (
    TYPES,
    EvaluationChanges,
    Given,
    NewEvaluation,
    SearchOption,
)
from llmctl.commands.evaluations.model import (
    MODEL,
    Key,
    find_key,
    model_in,
    whole_model,
    with_key,
)
from llmctl.commands.evaluations.questions import (
    DELETE,
    ENABLE,
    ConfirmChanges,
    ConfirmNew,
    question,
)
from llmctl.errors import ExitCode, Hint, LlmctlError, UsageError
from llmctl.output import Printer
from llmctl.output.criteria import Filter

_DIRECTORY = next(column for column in COLUMNS if column.key == "directory_id")
EvaluationPaging = Annotated[Paging, pages(COLUMNS)]

EnabledOption = Annotated[
    bool | None,
    typer.Option(
        "--enabled/--disabled",
        help="Only enabled or only disabled evaluations.",
        show_default=False,
    ),
]
TypeOption = Annotated[
    str | None,
    typer.Option(
        "--evaluation-type",
        metavar="TYPE",
        help="Only this type: llm_judge, hog, sentiment, ...",
        parser=word_parser("--evaluation-type", "a type"),
    ),
    TYPES,
]
DirectoryOption = Annotated[
    str | None,
    typer.Option(
        "--directory-id",
        metavar="DIRECTORY",
        help="Only this directory, by name or ID; null for none.",
        parser=reference_parser("--directory-id"),
    ),
]
OrderOption = Annotated[
    str | None,
    typer.Option(
        "--order-by",
        metavar="FIELD",
        help="Sort on the server; -FIELD is descending.",
        parser=word_parser("--order-by", "a field"),
    ),
]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@command(
    app,
    "list",
    "llmctl evaluations list -p sandbox",
    "llmctl evaluations list --search relevance --enabled -o ids -p sandbox",
)
def list_(
    client: Client,
    paging: EvaluationPaging,
    out: EvaluationPrinter,
    search: SearchOption = None,
    enabled: EnabledOption = None,
    evaluation_type: TypeOption = None,
    directory_id: DirectoryOption = None,
    order_by: OrderOption = None,
) -> None:
    """List evaluations, newest first."""
    directory = {}
    if directory_id is not None:
        found = _find_directory(client, directory_id)
        # Older servers ignore the query, so that the rows are checked as well.
        value = (found or "null",)
        paging = paging.matching(Filter(_DIRECTORY, value, option="--directory-id"))
        directory = {"directory_id": found} if found else {"directory_id__isnull": "true"}
    query = {
        "search": search,
        "enabled": None if enabled is None else str(enabled).lower(),
        "evaluation_type": evaluation_type,
        "order_by": order_by,
        **directory,
    }
    out.rows(client.list(EVALUATIONS, paging, query))


@command(app, "get", "llmctl evaluations get 'Answer relevance' -p sandbox")
def get(evaluations: Objects, client: Client, out: EvaluationPrinter) -> ExitCode:
    """Show evaluations."""
    return show_each(client, EVALUATIONS, evaluations, out)


@command(
    app,
    "create",
    "llmctl evaluations create --name Polite --output-type boolean \\",
    "  --prompt 'Is the answer polite?' --provider openai --model gpt-5-mini -p sandbox",
    "llmctl evaluations create --name Short --output-type boolean \\",
    "  --source 'return length(output) < 500' -p sandbox",
)
def create(
    given: NewEvaluation, confirm: ConfirmNew, client: Writer, out: EvaluationPrinter
) -> None:
    """Create an evaluation. It scores nothing until it is enabled.

    You need --name, --output-type and either --prompt (llm_judge) or --source (hog). Newer servers
    require --provider and --model for an llm_judge, and create a report with each evaluation.

    --enabled asks first, because scoring can cost money.
    """
    fields, key = _looked_up(client, given)
    if key is not None:
        fields = fields | {MODEL: with_key(model_in(fields), key)}
    if confirm.asks:
        out.note(client.described)
    confirm(f"Create and enable evaluation {fields.get('name')!r}? It {ENABLE.consequence}.")
    out.item(client.create(EVALUATIONS, fields))


@command(
    app,
    "update",
    "llmctl evaluations update 'Answer relevance' --model gpt-5 -p sandbox",
    "llmctl evaluations update 'Answer relevance' --disabled --yes -p sandbox",
)
def update(
    changes: EvaluationChanges,
    evaluations: Objects,
    confirm: ConfirmChanges,
    client: Writer,
    out: EvaluationPrinter,
) -> ExitCode:
    """Update the given fields of evaluations.

    --provider, --model, --provider-key and --model-configuration read the model configuration
    first, and keep the rest of it.

    --enabled asks first, because scoring can cost money; --disabled and --deleted ask as well. To
    restore a deleted evaluation, give its ID and --not-deleted.
    """
    found = find_all(client, EVALUATIONS, evaluations, out)
    fields, key = _looked_up(client, changes)
    changes_model = key is not None or bool(model_in(fields))

    def body_for(evaluation: Found) -> dict[str, Any]:
        if not changes_model:
            return fields
        stored = client.get(EVALUATIONS, evaluation.id)
        return fields | {MODEL: whole_model(stored, model_in(fields), key)}

    if changes_model and len(found) > 1:
        _check_each(found, body_for)
    if asked := question(fields):
        confirm_each(confirm, client, EVALUATIONS, found, asked.consequence, asked.verb)

    def update_one(evaluation: Found) -> dict[str, Any]:
        updated = client.update(EVALUATIONS, evaluation.id, body_for(evaluation))
        if same(fields.get("deleted"), stored=False) and "enabled" not in fields:
            _note_restored(updated, evaluation, out)
        return updated

    return print_each(client, evaluations, found, update_one, out)


def _check_each(found: Sequence[Found], body_for: Callable[[Found], object]) -> None:
    """Raise UsageError, before anything is changed, if an evaluation cannot get the new model."""
    for evaluation in found:
        try:
            body_for(evaluation)
        except UsageError as error:
            named = described(EVALUATIONS, evaluation)
            raise error.restated(
                f"{named}: {error.message}; nothing was changed", error.hint
            ) from None
        except LlmctlError:
            pass  # it is reported when this evaluation is changed


def _looked_up(client: Client, given: Given) -> tuple[dict[str, Any], Key | None]:
    """Return the fields with the directory's ID, and the provider key, if it was given."""
    key = None if given.provider_key is None else find_key(client, given.provider_key)
    if given.directory is None:
        return given.fields, key
    return given.fields | {"directory_id": _find_directory(client, given.directory)}, key


def _find_directory(client: Client, reference: str) -> str | None:
    """Return the ID of the directory with this name or ID; None for `null`."""
    return None if reference == "null" else find(client, EVALUATION_DIRECTORIES, reference).id


def _note_restored(updated: dict[str, Any], evaluation: Found, out: Printer) -> None:
    """Note whether a restored evaluation is enabled: some servers disable what is deleted."""
    if updated.get("enabled"):
        state = "is enabled and scores new events"
        hint = Hint("to stop it", ("evaluations", "disable", evaluation.id))
    else:
        state = "is disabled"
        hint = Hint("to enable it", ("evaluations", "enable", evaluation.id))
    out.note(f"{described(EVALUATIONS, evaluation)} {state}", hint)


@command(app, "delete", "llmctl evaluations delete 'Answer relevance' --yes -p sandbox")
def delete(evaluations: Objects, confirm: Confirm, client: Writer, out: Notes) -> ExitCode:
    """Delete evaluations. Their results are kept.

    `update --not-deleted` restores them. Newer servers also delete an evaluation's reports, which
    cannot be restored.
    """

    def delete_one(evaluation: Found) -> None:
        # The server answers DELETE with 405.
        client.update(EVALUATIONS, evaluation.id, {"deleted": True})
        client.confirm_writes()
        restore = ("evaluations", "update", evaluation.id, "--not-deleted")
        out.note(f"deleted {described(EVALUATIONS, evaluation)}", Hint("restore it", restore))

    found = find_all(client, EVALUATIONS, evaluations, out)
    confirm_each(confirm, client, EVALUATIONS, found, DELETE.consequence)
    return for_each(found, delete_one, out)

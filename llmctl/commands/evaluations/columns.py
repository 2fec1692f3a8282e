"""The columns of evaluations."""

from __future__ import annotations

from typing import Annotated, Any

from llmctl.cli.dependencies import shows
from llmctl.output import ID, Column, Printer, cell_text


def _status(evaluation: dict[str, Any]) -> str:
    """The status, with the reason if it is `error`: `error: key deleted`."""
    status, reason = evaluation.get("status"), evaluation.get("status_reason")
    if status == "error" and isinstance(reason, str) and reason:
        return f"error: {reason_text(reason)}"
    return cell_text(status) or "-"


def reason_text(reason: str | None) -> str:
    """Return a reason as a table shows it: `key deleted`."""
    return (reason or "-").removeprefix("provider_").replace("_", " ")


COLUMNS = (
    ID,
    Column("name", least=22),
    Column("evaluation_type", "type", rank=1),
    Column("target", rank=3),
    Column("enabled", rank=2),
    Column("status", cell=_status, least=18),
    *(
        Column(key, shown=False)
        for key in (
            "description",
            "evaluation_config",
            "output_type",
            "output_config",
            "conditions",
            "target_config",
            "model_configuration",
            "directory_id",
            "status_reason",
            "status_reason_detail",
            "created_at",
            "updated_at",
            "created_by",
            "deleted",
            "user_access_level",
        )
    ),
)
EvaluationPrinter = Annotated[Printer, shows(COLUMNS)]

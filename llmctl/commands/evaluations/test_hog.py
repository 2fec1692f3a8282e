"""test-hog: run Hog code on recent events, without storing anything."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from llmctl.api.resources import TEST_HOG
from llmctl.cli import completers
from llmctl.cli.dependencies import Client, shows
from llmctl.cli.injection import Depends, command
from llmctl.commands.evaluations.fields import (
    ConditionsOption,
    OutputConfigOption,
    OutputTypeOption,
    TargetConfigOption,
    TargetOption,
)
from llmctl.errors import RejectedError, UnavailableError
from llmctl.input.values import (
    one_reader_of_stdin,
    parse_integer,
    read_json,
    read_text,
    request_body,
)
from llmctl.output import Column, LocalRows, Printer, cell_text
from llmctl.output.formats import OutputFormat

Object = dict[str, Any]


def _result(sample: Object) -> str:
    """The score, the categories, true, false or N/A; `error` if the code failed."""
    if sample.get("error"):
        return "error"
    for field in ("score", "categories", "result"):
        value = sample.get(field)
        if value is not None:
            items = value if isinstance(value, list) else [value]
            return ", ".join(map(cell_text, items)) or "none"
    return "N/A"


def _sample(sample: Object) -> str:
    """The ID of the sample; that of its event on older servers."""
    return cell_text(sample.get("sample_id") or sample.get("event_uuid")) or "-"


COLUMNS = (
    Column("sample_id", "sample", cell=_sample, least=12),
    Column("result", cell=_result),
    Column("score", in_table=False),
    Column("categories", in_table=False),
    Column("reasoning", rank=1, least=14),
    Column("input_preview", "input", rank=3, least=14),
    Column("output_preview", "output", rank=2, least=14),
    Column("error", rank=1, least=14),
    *(Column(key, shown=False) for key in ("sample_type", "event_uuid", "trace_id")),
)

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="File with Hog code; - is standard input.", show_default=False
    ),
    completers.FILE,
]
SampleCountOption = Annotated[
    str | None,
    typer.Option("--sample-count", metavar="N", help="Samples, 1-10 (default: 5)."),
]
AllowsNaOption = Annotated[
    bool | None,
    typer.Option("--allows-na/--no-allows-na", help="Accept null as N/A.", show_default=False),
]

app = typer.Typer()


def _body(
    file: FileArgument,
    sample_count: SampleCountOption = None,
    allows_na: AllowsNaOption = None,
    output_type: OutputTypeOption = None,
    output_config: OutputConfigOption = None,
    target: TargetOption = None,
    target_config: TargetConfigOption = None,
    conditions: ConditionsOption = None,
) -> Object:
    one_reader_of_stdin(
        [file], output_config=output_config, target_config=target_config, conditions=conditions
    )
    return request_body(
        None,
        {
            "source": read_text(file if file == "-" else f"@{file}", option="FILE"),
            "sample_count": parse_integer(sample_count, option="--sample-count"),
            "allows_na": allows_na,
            "output_type": output_type,
            "output_config": read_json(output_config, option="--output-config", kind=dict),
            "target": target,
            "target_config": read_json(target_config, option="--target-config", kind=dict),
            "conditions": read_json(conditions, option="--conditions", kind=list),
        },
    )


@command(
    app,
    "test-hog",
    "echo 'return length(output) < 500' | llmctl evaluations test-hog - -p sandbox",
)
def test_hog(
    body: Annotated[Object, Depends(_body)],
    client: Client,
    out: Annotated[Printer, shows(COLUMNS)],
) -> None:
    """Run Hog code on recent events. Nothing is stored, and it costs nothing.

    Exits 6 if the code does not compile, or fails on a sample.
    """
    answer = client.act(TEST_HOG, body)
    samples, message = answer.get("results"), answer.get("message")
    if not isinstance(samples, list) or not all(isinstance(each, dict) for each in samples):
        raise UnavailableError("unexpected response: no list of results")
    if out.output is OutputFormat.JSON:
        out.item(answer)
    elif samples or not message or out.output is not OutputFormat.TABLE:
        out.rows(LocalRows(samples))
    if message:
        out.note(cell_text(message))
    failed = [each for each in samples if each.get("error")]
    if failed:
        raise RejectedError(
            f"the code failed on {len(failed)} of {len(samples)} samples: {failed[0]['error']}"
        )

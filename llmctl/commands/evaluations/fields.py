"""The fields of an evaluation: options, and request bodies."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import typer

from llmctl.cli import completers
from llmctl.cli.injection import Depends
from llmctl.cli.objects import Objects, refuse_for_several
from llmctl.cli.options import (
    DataOption,
    ObjectsArgument,
    name_parser,
    reference_parser,
    text_parser,
    word_parser,
)
from llmctl.commands.evaluations.model import add_to_model
from llmctl.errors import UsageError
from llmctl.input.values import (
    one_reader_of_stdin,
    read_json,
    read_text,
    request_body,
    require_changes,
)

Object = dict[str, Any]

TYPES = completers.words("llm_judge", "hog", "sentiment")

NameOption = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="TEXT", help="Up to 400 characters.", parser=name_parser("--name")
    ),
]
DescriptionOption = Annotated[
    str | None,
    typer.Option(
        "--description",
        metavar="TEXT",
        help="Description of the evaluation.",
        parser=text_parser("--description", "a description"),
    ),
]
EnabledOption = Annotated[
    bool | None,
    typer.Option("--enabled/--disabled", help="Score new events, or stop.", show_default=False),
]
TypeOption = Annotated[
    str | None,
    typer.Option(
        "--evaluation-type",
        metavar="TYPE",
        help="llm_judge, hog or sentiment.",
        parser=word_parser("--evaluation-type", "a type"),
    ),
    TYPES,
]
ConfigOption = Annotated[
    str | None,
    typer.Option("--evaluation-config", metavar="JSON", help="JSON object, @FILE or -."),
    completers.AT_FILE,
]
PromptOption = Annotated[
    str | None,
    typer.Option(
        "--prompt",
        metavar="TEXT",
        help="Criteria of an llm_judge: text, @FILE or -.",
        parser=text_parser("--prompt", "a prompt"),
    ),
    completers.AT_FILE,
]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="TEXT",
        help="Hog code: text, @FILE or -.",
        parser=text_parser("--source", "Hog code"),
    ),
    completers.AT_FILE,
]
OutputTypeOption = Annotated[
    str | None,
    typer.Option(
        "--output-type",
        metavar="TYPE",
        help="boolean, sentiment, numeric or categorical.",
        parser=word_parser("--output-type", "a type"),
    ),
    completers.words("boolean", "sentiment", "numeric", "categorical"),
]
OutputConfigOption = Annotated[
    str | None,
    typer.Option(
        "--output-config",
        metavar="JSON",
        help='JSON object, @FILE or -, e.g. {"allows_na": true}.',
    ),
    completers.AT_FILE,
]
ConditionsOption = Annotated[
    str | None,
    typer.Option("--conditions", metavar="JSON", help="Events to score: JSON array, @FILE or -."),
    completers.AT_FILE,
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="TARGET",
        help="generation, trace or session.",
        parser=word_parser("--target", "a target"),
    ),
    completers.words("generation", "trace", "session"),
]
TargetConfigOption = Annotated[
    str | None,
    typer.Option(
        "--target-config",
        metavar="JSON",
        help="When a trace or session is complete: JSON object, @FILE or -.",
    ),
    completers.AT_FILE,
]
ProviderOption = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="Provider of the model: openai, anthropic, ...",
        parser=word_parser("--provider", "a provider"),
    ),
    completers.PROVIDERS,
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="Model; see `llmctl models list`.",
        parser=text_parser("--model", "a model"),
    ),
]
ProviderKeyOption = Annotated[
    str | None,
    typer.Option(
        "--provider-key",
        metavar="NAME|ID",
        help="Provider key to use; null for the active key.",
        parser=reference_parser("--provider-key"),
    ),
    completers.ids("provider-keys"),
]
ModelConfigurationOption = Annotated[
    str | None,
    typer.Option(
        "--model-configuration",
        metavar="JSON",
        help="Provider, model and key: JSON object, @FILE or -, or null.",
    ),
    completers.AT_FILE,
]
DirectoryOption = Annotated[
    str | None,
    typer.Option(
        "--directory-id",
        metavar="DIRECTORY",
        help="Directory, by name or ID; null for none.",
        parser=reference_parser("--directory-id"),
    ),
]
SearchOption = Annotated[
    str | None,
    typer.Option(
        "--search",
        metavar="TEXT",
        help="Search names and descriptions.",
        parser=text_parser("--search", "a text to search for"),
    ),
]
DeletedOption = Annotated[
    bool | None,
    typer.Option(
        "--deleted/--not-deleted", help="Delete or restore the evaluation.", show_default=False
    ),
]


class Given(NamedTuple):
    """The fields that were given. `provider_key` and `directory` are names or IDs to look up."""

    fields: Object
    provider_key: str | None = None
    directory: str | None = None


def _given(
    name: NameOption = None,
    description: DescriptionOption = None,
    evaluation_type: TypeOption = None,
    prompt: PromptOption = None,
    source: SourceOption = None,
    evaluation_config: ConfigOption = None,
    output_type: OutputTypeOption = None,
    output_config: OutputConfigOption = None,
    provider: ProviderOption = None,
    model: ModelOption = None,
    provider_key: ProviderKeyOption = None,
    model_configuration: ModelConfigurationOption = None,
    target: TargetOption = None,
    target_config: TargetConfigOption = None,
    conditions: ConditionsOption = None,
    directory_id: DirectoryOption = None,
    enabled: EnabledOption = None,
    deleted: DeletedOption = None,
    data: DataOption = None,
) -> Given:
    one_reader_of_stdin(
        prompt=prompt,
        source=source,
        evaluation_config=evaluation_config,
        output_config=output_config,
        model_configuration=model_configuration,
        target_config=target_config,
        conditions=conditions,
        data=data,
    )
    fields = request_body(
        data,
        {
            "name": name,
            "description": description,
            "enabled": enabled,
            "evaluation_type": evaluation_type,
            "evaluation_config": _config(prompt, source, evaluation_config),
            "output_type": output_type,
            "output_config": read_json(output_config, option="--output-config", kind=dict),
            "conditions": read_json(conditions, option="--conditions", kind=list),
            "target": target,
            "target_config": read_json(target_config, option="--target-config", kind=dict),
            "model_configuration": read_json(
                model_configuration, option="--model-configuration", kind=dict, nullable=True
            ),
            "deleted": deleted,
        },
    )
    parts = {"--provider": provider, "--model": model, "--provider-key": provider_key}
    if model_configuration is not None:
        for option, text in parts.items():
            if text is not None:
                raise UsageError(f"--model-configuration and {option} cannot be combined")
    texts = {"provider": provider, "model": model}
    add_to_model(fields, {field: text for field, text in texts.items() if text is not None})
    return Given(fields, provider_key, directory_id)


def _config(prompt: str | None, source: str | None, config: str | None) -> Any:
    """Return the evaluation_config; None if no option gives one."""
    options = {"--prompt": prompt, "--source": source, "--evaluation-config": config}
    used = [option for option, text in options.items() if text is not None]
    if len(used) > 1:
        raise UsageError(f"{used[0]} and {used[1]} cannot be combined")
    if prompt is not None:
        return {"prompt": read_text(prompt, option="--prompt")}
    if source is not None:
        return {"source": read_text(source, option="--source")}
    return read_json(config, option="--evaluation-config", kind=dict)


GivenFields = Annotated[Given, Depends(_given)]


def _new(given: GivenFields, prompt: PromptOption = None, source: SourceOption = None) -> Given:
    if prompt is not None:
        given.fields.setdefault("evaluation_type", "llm_judge")
    if source is not None:
        given.fields.setdefault("evaluation_type", "hog")
    return given


def _check_stdin(
    references: ObjectsArgument,
    prompt: PromptOption = None,
    source: SourceOption = None,
    evaluation_config: ConfigOption = None,
    output_config: OutputConfigOption = None,
    model_configuration: ModelConfigurationOption = None,
    target_config: TargetConfigOption = None,
    conditions: ConditionsOption = None,
    data: DataOption = None,
) -> None:
    one_reader_of_stdin(
        references,
        prompt=prompt,
        source=source,
        evaluation_config=evaluation_config,
        output_config=output_config,
        model_configuration=model_configuration,
        target_config=target_config,
        conditions=conditions,
        data=data,
    )


def _changes(
    evaluations: Objects,
    given: GivenFields,
    _: Annotated[None, Depends(_check_stdin, is_first=True)],
) -> Given:
    refuse_for_several(evaluations, given.fields, "name")
    if given.provider_key is None and given.directory is None:
        require_changes(given.fields)
    return given


NewEvaluation = Annotated[Given, Depends(_new)]
EvaluationChanges = Annotated[Given, Depends(_changes)]

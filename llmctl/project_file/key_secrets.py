"""The secrets of provider keys that an apply creates: from variables, files and commands."""

from __future__ import annotations

from llmctl.errors import UsageError
from llmctl.input.secret_source import SourceNames, read_key
from llmctl.project_file.model import Entry, FileError, Plan, Problem, SecretSource
from llmctl.safe.secret import Secret, check_provider_secret

_FIELDS = SourceNames("api_key_file", "api_key_env", "api_key_command")


class KeySecrets:
    """Reads each source once, however many projects need it. Commands run last.

    `command_timeout` is in seconds, for each command.
    """

    def __init__(self, command_timeout: float) -> None:
        self._timeout = command_timeout
        self._read: dict[SecretSource, Secret] = {}

    def read(self, plan: Plan, personal_key: Secret, *, commands: bool) -> dict[str, Secret]:
        """Return the secrets of the provider keys to create, by name.

        Without `commands`, no command runs, and the secrets that they give are missing. FileError
        with all problems; no other command runs after one has failed.
        """
        found: dict[str, Secret] = {}
        problems: list[Problem] = []
        for entry in keys_to_create(plan):
            source = entry.secret
            if source is None or (source.command is not None and not commands):
                continue
            try:
                found[entry.name.strip()] = self._secret(source, personal_key)
            except UsageError as error:
                hint = f"; {error.hint.text}" if error.hint else ""
                text = f"provider key {entry.name!r}: {error.message}{hint}"
                problems.append(Problem(text, entry.at(_field(source))))
                if source.command is not None:
                    break
        if problems:
            raise FileError(problems)
        return found

    def _secret(self, source: SecretSource, personal_key: Secret) -> Secret:
        if source not in self._read:
            self._read[source] = read_key(
                file=source.file,
                variable=source.variable,
                command=source.command,
                command_timeout=self._timeout,
                names=_FIELDS,
            )
        check_provider_secret(self._read[source], personal_key)
        return self._read[source]


def _field(source: SecretSource) -> str:
    """Return the field that names a source."""
    values = (source.file, source.variable, source.command)
    return next(
        (name for name, value in zip(_FIELDS, values, strict=True) if value is not None), ""
    )


def keys_to_create(plan: Plan) -> list[Entry]:
    """Return the entries of the provider keys that a plan creates."""
    return [
        change.entry
        for change in plan.changes
        if change.kind.table == "provider_keys" and change.action == "create" and change.entry
    ]

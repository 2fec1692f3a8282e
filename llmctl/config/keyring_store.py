"""A profile's key in the keyring of the operating system, where that was asked for.

The package `keyring` is optional and slow to import, and the service behind it may be absent,
locked or stuck. So it is only touched for a key that is there or is to go there, in a thread that
is given 3 seconds; the process does not wait for that thread at its end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from llmctl.errors import ConfigError
from llmctl.safe.secret import Secret

SERVICE = "llmctl"
SECONDS = 3.0

_REASONS = {
    "NoKeyringError": "is not there on this machine",
    "KeyringLocked": "is locked",
}
_asking: threading.Thread | None = None


class KeyringError(ConfigError):
    """The keyring cannot be used, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the OS keyring {reason}",
            hint="set LLMCTL_API_KEY, or store the key in the file: "
            "llmctl profiles add NAME --replace",
        )


def account(profile: str, host: str | None) -> str:
    """The account under which the key of a profile for `host` is kept."""
    return f"{profile} {host}"


def save(profile: str, host: str | None, key: Secret) -> None:
    """Keep the key. KeyringError where that fails, or the key cannot be read back."""

    def call() -> str | None:
        import keyring

        keyring.set_password(SERVICE, account(profile, host), key.reveal())
        return keyring.get_password(SERVICE, account(profile, host))

    if _ask(call) != key.reveal():
        raise KeyringError("does not keep what is stored in it")


def load(profile: str, host: str | None) -> str:
    """The key that was kept. KeyringError where it is not there or the keyring fails."""

    def call() -> str | None:
        import keyring

        return keyring.get_password(SERVICE, account(profile, host))

    text = _ask(call)
    if text is None:
        raise KeyringError(f"holds no key of profile {profile}")
    return text


def forget(profile: str, host: str | None) -> None:
    """Delete the key, if it is there. KeyringError where that fails."""

    def call() -> None:
        import keyring

        if keyring.get_password(SERVICE, account(profile, host)) is not None:
            keyring.delete_password(SERVICE, account(profile, host))

    _ask(call)


def _ask(call: Callable[[], str | None]) -> str | None:
    """What `call` returns. A keyring that has not answered yet is not asked again."""
    global _asking
    answers: list[str | None] = []
    reasons: list[str] = []

    def work() -> None:
        try:
            answers.append(call())
        except BaseException as error:
            reasons.append(_reason(error))

    if _asking is None or not _asking.is_alive():
        _asking = threading.Thread(target=work, name="keyring", daemon=True)
        _asking.start()
        _asking.join(SECONDS)
    if answers:
        return answers[0]
    raise KeyringError(reasons[0] if reasons else f"did not answer within {SECONDS:g} seconds")


def _reason(error: BaseException) -> str:
    """Why it failed, in our own words: the text of an error could hold the key."""
    if isinstance(error, ModuleNotFoundError) and error.name == "keyring":
        return "needs the extra: pip install 'posthog-llmctl[keyring]'"
    return _REASONS.get(type(error).__name__, f"failed ({type(error).__name__})")

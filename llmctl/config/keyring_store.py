"""Profile keys in the operating system's keyring (`profiles add --keyring`).

The package `keyring` is optional and slow to import, and the service behind it may be missing,
locked or stuck. It is therefore used only for profiles that keep their key in the keyring, on a
thread with a limit of 3 seconds that does not keep the process from exiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from llmctl.config.installer import install_command
from llmctl.errors import ConfigError, Hint
from llmctl.safe.secret import Secret

SERVICE = "llmctl"
SECONDS = 3.0

_REASONS = {
    "NoKeyringError": "is not available on this machine",
    "KeyringLocked": "is locked",
}
_asking: threading.Thread | None = None


class KeyringError(ConfigError):
    """The keyring cannot be used; `reason` completes the sentence "the OS keyring ..."."""

    def __init__(self, profile: str, reason: str) -> None:
        command = ("profiles", "add", profile, "--replace")
        super().__init__(
            f"the OS keyring {reason}",
            hint=Hint("set LLMCTL_API_KEY, or store the key in the file instead", command),
        )


def account(profile: str, host: str | None) -> str:
    """Return the keyring account name for the key of a profile for `host`."""
    return f"{profile} {host}"


def save(profile: str, host: str | None, key: Secret) -> None:
    """Store the key. Raise KeyringError if that fails or the key cannot be read back."""

    def call() -> str | None:
        import keyring

        keyring.set_password(SERVICE, account(profile, host), key.reveal())
        return keyring.get_password(SERVICE, account(profile, host))

    if _ask(profile, call) != key.reveal():
        raise KeyringError(profile, "did not store the key")


def load(profile: str, host: str | None) -> str:
    """Return the stored key. Raise KeyringError if there is none or the keyring fails."""

    def call() -> str | None:
        import keyring

        return keyring.get_password(SERVICE, account(profile, host))

    text = _ask(profile, call)
    if text is None:
        raise KeyringError(profile, f"has no key for profile {profile}")
    return text


def forget(profile: str, host: str | None) -> None:
    """Delete the key, if there is one. Raise KeyringError if that fails."""

    def call() -> None:
        import keyring

        if keyring.get_password(SERVICE, account(profile, host)) is not None:
            keyring.delete_password(SERVICE, account(profile, host))

    _ask(profile, call)


def _ask(profile: str, call: Callable[[], str | None]) -> str | None:
    """Return the result of `call`, on a thread; never start a second call while one is stuck."""
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
    reason = reasons[0] if reasons else f"did not respond within {SECONDS:g} seconds"
    raise KeyringError(profile, reason)


def _reason(error: BaseException) -> str:
    """Describe the failure without the text of the error, which might contain the key."""
    if isinstance(error, ModuleNotFoundError) and error.name == "keyring":
        return f"needs an optional package: {install_command('posthog-llmctl[keyring]')}"
    return _REASONS.get(type(error).__name__, f"failed ({type(error).__name__})")

"""Profiles and settings: how they are stored, and which source takes precedence."""

from llmctl.config import keyring_store
from llmctl.config.client_certificate import ClientCertificate, parse_certificate
from llmctl.config.origin import parse_host, parse_project
from llmctl.config.profiles import API_PREFIXES, SANDBOX, Profile, ProfileStore, check_name
from llmctl.config.resolve import (
    Finding,
    Settings,
    check_seconds,
    explain,
    ignored_variables,
    no_project,
    profile_without_project,
    resolve,
    resolve_timeout,
)

__all__ = [
    "API_PREFIXES",
    "SANDBOX",
    "ClientCertificate",
    "Finding",
    "Profile",
    "ProfileStore",
    "Settings",
    "check_name",
    "check_seconds",
    "explain",
    "ignored_variables",
    "keyring_store",
    "no_project",
    "parse_certificate",
    "parse_host",
    "parse_project",
    "profile_without_project",
    "resolve",
    "resolve_timeout",
]

"""Administer a PostHog project's LLM analytics over its REST API."""

__version__ = "0.1.0"

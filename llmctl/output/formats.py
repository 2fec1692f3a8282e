"""The output formats."""

from __future__ import annotations

from enum import StrEnum


class OutputFormat(StrEnum):
    """A format for data on standard output."""

    TABLE = "table"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    IDS = "ids"

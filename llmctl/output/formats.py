"""The formats that data is written in."""

from __future__ import annotations

from enum import StrEnum


class OutputFormat(StrEnum):
    """How data is written to standard output."""

    TABLE = "table"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    IDS = "ids"

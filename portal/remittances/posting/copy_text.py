"""Values as PostgreSQL's COPY takes them in text format: one row a line, tabs between columns."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

NULL = "\\N"

_MEANS_SOMETHING = re.compile(r"[\\\b\f\n\r\t\v]")
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
    }
)


def escaped(value: str) -> str:
    """A text from outside. Of a hundred thousand of them hardly one needs it."""
    if not value or value.isalnum():
        return value
    return value.translate(_ESCAPES) if _MEANS_SOMETHING.search(value) else value


def uuid_or_null(value: UUID | None) -> str:
    """Without hyphens, which PostgreSQL does not need."""
    return NULL if value is None else value.hex


def array(values: Sequence[str]) -> str:
    """A text array."""
    if not values:
        return "{}"
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return escaped("{" + ",".join(f'"{value}"' for value in quoted) + "}")


def line(values: Iterable[str | int | bool | date | datetime | UUID | None]) -> str:
    """A row of any columns; arrays and JSON come as text."""
    return "\t".join([_column(value) for value in values])


def _column(value: str | int | bool | date | datetime | UUID | None) -> str:  # noqa: FBT001 — a value
    if isinstance(value, str):
        return escaped(value)
    return value.hex if isinstance(value, UUID) else NULL if value is None else str(value)

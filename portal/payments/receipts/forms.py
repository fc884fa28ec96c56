"""What the history is narrowed to: it comes with the address, so that a list can be bookmarked."""

from collections.abc import Mapping
from uuid import UUID

from portal.payments.receipts.history import HistoryFilter, Kind


def history_filter(asked: Mapping[str, str]) -> HistoryFilter:
    """What of it makes sense; the rest is as if nobody had asked."""
    year, kind = asked.get("year", ""), asked.get("kind", "")
    is_year = year.isascii() and year.isdigit() and len(year) == len("2026")
    return HistoryFilter(
        year=int(year) if is_year else None,
        patient_id=_id(asked.get("patient", "")),
        kind=Kind(kind) if kind in list(Kind) else None,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

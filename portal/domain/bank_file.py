"""Deposits in a file that a bank gives: CSV with the columns date, amount and reference.

Their names may stand in any order and case, and under the names that banks use. Other columns are
left alone, and so is money that went out. One line that cannot be read keeps the file out.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from portal.domain.line_errors import LineError, LineFault
from portal.domain.money import AmountError, parse_amount

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "posting date", "posted date", "deposit date", "transaction date"),
    "amount": ("amount", "credit", "credit amount", "deposit", "deposits"),
    "reference": ("reference", "description", "memo", "details", "trace", "trace number"),
}
_DATE_FORMATS: Final = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y")
_AMOUNT: Final = re.compile(r"\$?(\d{1,3}(?:,\d{3})+|\d+)?(\.\d{1,2})?", re.ASCII)
_LONGEST_REFERENCE: Final = 300
_YEARS: Final = range(2000, 2100)


@dataclass(frozen=True, slots=True)
class BankLine:
    """One deposit. ``key`` tells it from any other, also in a file that overlaps this one."""

    deposited_on: date
    amount_cents: int
    reference: str
    key: str


@dataclass(frozen=True, slots=True)
class BankFile:
    """What a file says. With errors nothing of it is to be used."""

    lines: tuple[BankLine, ...]
    went_out: int = 0  # lines of money that left
    errors: tuple[LineError, ...] = ()


def read_bank_file(rows: Sequence[tuple[int, Sequence[str]]]) -> BankFile:
    """Rows with their line numbers, the names of the columns first."""
    if not rows:
        return BankFile((), errors=(LineError(0, LineFault.EMPTY),))
    columns = {field: _column(rows[0][1], names) for field, names in _NAMES.items()}
    missing = [field for field, at in columns.items() if at is None]
    if missing:
        error = LineError(rows[0][0], LineFault.COLUMNS_MISSING, (", ".join(missing),))
        return BankFile((), errors=(error,))
    lines: list[BankLine] = []
    errors: list[LineError] = []
    seen: Counter[tuple[date, int, str]] = Counter()
    went_out = 0
    for number, row in rows[1:]:
        cells = {field: _cell(row, at) for field, at in columns.items()}
        if not cells["amount"] or _is_outgoing(cells["amount"]):
            went_out += 1
            continue
        day, cents = _day(cells["date"]), _cents(cells["amount"])
        if day is None:
            errors.append(LineError(number, LineFault.DATE))
        if not cents:
            errors.append(LineError(number, LineFault.DEPOSIT_AMOUNT))
        if day is not None and cents:
            told = (day, cents, " ".join(cells["reference"].split())[:_LONGEST_REFERENCE])
            seen[told] += 1
            lines.append(BankLine(*told, f"{day}|{cents}|{told[2]}|{seen[told]}"))
    return BankFile((), errors=tuple(errors)) if errors else BankFile(tuple(lines), went_out)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    told = [" ".join(cell.lower().replace("_", " ").split()) for cell in header]
    return next((told.index(name) for name in names if name in told), None)


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at].strip() if at is not None and at < len(row) else ""


def _is_outgoing(amount: str) -> bool:
    return amount.startswith(("-", "(", "$-", "-$"))


def _day(text: str) -> date | None:
    for form in _DATE_FORMATS:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 — a day, not a moment
        except ValueError:
            continue
        return day if day.year in _YEARS else None
    return None


def _cents(text: str) -> int | None:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    try:
        return parse_amount((match.group(1) or "").replace(",", "") + (match.group(2) or ""))
    except AmountError:
        return None

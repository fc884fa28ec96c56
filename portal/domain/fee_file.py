"""A fee schedule as a practice writes it: CSV, one line a price, dollars and cents.

The first line names the columns: payer, procedure_code, modifier, effective_from, effective_to,
amount. Payer is the payer's identifier in remittances, and may be left out where the file is of one
payer; modifier and effective_to may be empty. One line that cannot be read keeps the file out.
"""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from portal.domain.fee_schedule import Fee
from portal.domain.line_errors import LineError, LineFault
from portal.domain.money import AmountError, parse_amount

COLUMNS: Final = (
    "payer",
    "procedure_code",
    "modifier",
    "effective_from",
    "effective_to",
    "amount",
)
_NEEDED: Final = ("procedure_code", "effective_from", "amount")
_CODE: Final = re.compile(r"[A-Z0-9]{4,11}")  # CPT, HCPCS, CDT, NDC
_MODIFIER: Final = re.compile(r"[A-Z0-9]{2}")
_AMOUNT: Final = re.compile(r"\$?(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?", re.ASCII)
_DATE_FORMATS: Final = ("%Y-%m-%d", "%m/%d/%Y")
_YEARS: Final = range(1990, 2100)
_MOST_ERRORS: Final = 100


@dataclass(frozen=True, slots=True)
class FeeFile:
    """Fees by payer identifier. With errors, the first hundred, nothing of it is to be used."""

    fees: Mapping[str, tuple[Fee, ...]]
    errors: tuple[LineError, ...] = ()

    @property
    def fee_count(self) -> int:
        return sum(map(len, self.fees.values()))


class _LineRefusedError(ValueError):
    """What to mend."""

    def __init__(self, fault: LineFault, *details: str) -> None:
        super().__init__(fault, *details)
        self.fault = fault
        self.details = details


def read_fee_file(rows: Sequence[tuple[int, Sequence[str]]], *, payer: str = "") -> FeeFile:
    """Rows with their line numbers. ``payer``: whose the lines are that name none."""
    if not rows:
        return FeeFile({}, (LineError(0, LineFault.EMPTY),))
    header = [cell.strip().lower().replace(" ", "_") for cell in rows[0][1]]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        fault = LineError(rows[0][0], LineFault.COLUMNS_MISSING, (", ".join(missing),))
        return FeeFile({}, (fault,))
    fees: dict[str, list[Fee]] = defaultdict(list)
    told: dict[tuple[str, str, str], list[Fee]] = defaultdict(list)
    errors: list[LineError] = []
    for number, row in rows[1:]:
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        try:
            of_payer, fee = _line(cells, payer)
            same = told[of_payer, fee.procedure_code, fee.modifier]
            place = _place(fee, same)
        except _LineRefusedError as error:
            errors.append(LineError(number, error.fault, error.details))
            if len(errors) == _MOST_ERRORS:
                break
        else:
            same.insert(place, fee)
            fees[of_payer].append(fee)
    if not errors and not fees:
        errors.append(LineError(0, LineFault.NO_PRICES))
    return FeeFile({}, tuple(errors)) if errors else FeeFile(_frozen(fees))


def _line(cells: Mapping[str, str], payer: str) -> tuple[str, Fee]:
    of_payer = cells.get("payer", "") or payer
    if not of_payer:
        raise _LineRefusedError(LineFault.PAYER_MISSING)
    if payer and of_payer != payer:
        raise _LineRefusedError(LineFault.OTHER_PAYER, of_payer, payer)
    code = cells.get("procedure_code", "").upper()
    if _CODE.fullmatch(code) is None:
        raise _LineRefusedError(LineFault.CODE)
    modifier = cells.get("modifier", "").upper()
    if modifier and _MODIFIER.fullmatch(modifier) is None:
        raise _LineRefusedError(LineFault.MODIFIER)
    starts_on = _day(cells.get("effective_from", ""))
    ends_text = cells.get("effective_to", "")
    ends_on = _day(ends_text)
    if starts_on is None or (ends_text and ends_on is None):
        raise _LineRefusedError(LineFault.DATES)
    if ends_on is not None and ends_on < starts_on:
        raise _LineRefusedError(LineFault.ENDS_BEFORE_IT_STARTS)
    return of_payer, Fee(code, modifier, starts_on, ends_on, _cents(cells.get("amount", "")))


def _cents(text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is not None:
        try:
            return parse_amount(match.group(1).replace(",", "") + (match.group(2) or ""))
        except AmountError:
            pass
    raise _LineRefusedError(LineFault.PRICE)


def _day(text: str) -> date | None:
    for form in _DATE_FORMATS:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 — a day, not a moment
        except ValueError:
            continue
        return day if day.year in _YEARS else None
    return None


def _place(fee: Fee, others: Sequence[Fee]) -> int:
    """Where it goes among others of its kind, which are sorted and share no day."""
    place = bisect(others, fee.starts_on, key=_first_day)
    before, after = others[max(place - 1, 0) : place], others[place : place + 1]
    if any(_last_day(one) >= fee.starts_on for one in before) or any(
        one.starts_on <= _last_day(fee) for one in after
    ):
        raise _LineRefusedError(LineFault.DAYS_TAKEN)
    return place


def _first_day(fee: Fee) -> date:
    return fee.starts_on


def _last_day(fee: Fee) -> date:
    return fee.ends_on or date.max


def _frozen(fees: Mapping[str, list[Fee]]) -> dict[str, tuple[Fee, ...]]:
    return {payer: tuple(of_payer) for payer, of_payer in fees.items()}

"""Form fields that word their own errors, and what the error summary needs.

An error says what to do ("Enter an amount up to $240.00") and reads the same in the summary and
beside the field.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, Field, Form, IntegerField, SelectMultipleField, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.domain.money import AmountError, format_plain, format_usd, parse_amount

_TYPED_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d+)?(\.\d{0,2})?", re.ASCII)
_DIGITS_MAX = 12
_YEAR_DIGITS = 4
_OLDEST_BIRTH = 1900
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


class MoneyField(Field):
    """Dollars and cents as people type them (1,234.50, $50); ``data`` is whole cents or None.

    Never negative, never a fraction of a cent. The bounds come from the ledger, so a view sets them
    on the form it has made. ``only_when`` (field, value) is the choice an amount belongs to: with
    another choice it is not looked at.
    """

    def __init__(
        self, label: Any = None, *, only_when: tuple[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.only_when = only_when
        self.minimum_cents = 1
        self.maximum_cents: int | None = None
        self.typed = ""

    def allow(self, *, minimum_cents: int, maximum_cents: int) -> None:
        """Set what may be entered."""
        self.minimum_cents = minimum_cents
        self.maximum_cents = maximum_cents

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        self.typed = str(valuelist[0]).strip() if valuelist else ""
        if self.typed:
            self.data = _cents(self.typed)

    def _value(self) -> str:
        if self.typed:
            return self.typed
        return format_plain(self.data) if isinstance(self.data, int) else ""

    def pre_validate(self, form: BaseForm) -> None:
        if self.only_when is not None and form[self.only_when[0]].data != self.only_when[1]:
            self.data, self.errors = None, []
            return
        if self.process_errors:
            return
        if self.data is None:
            raise ValidationError(gettext("Enter an amount"))
        if self.maximum_cents is not None and self.data > self.maximum_cents:
            most = format_usd(self.maximum_cents)
            raise ValidationError(gettext("Enter an amount up to %(most)s", most=most))
        if self.data < self.minimum_cents:
            least = format_usd(self.minimum_cents)
            raise ValidationError(gettext("Enter %(least)s or more", least=least))


def _cents(typed: str) -> int:
    match = _TYPED_AMOUNT.fullmatch(typed)
    if match is None or len(typed) > _DIGITS_MAX + 4:
        raise ValueError(gettext("Enter an amount in dollars and cents, like 50 or 50.25"))
    try:
        return parse_amount((match.group(1) or "").replace(",", "") + (match.group(2) or ""))
    except AmountError as error:
        raise ValueError(
            gettext("Enter an amount in dollars and cents, like 50 or 50.25")
        ) from error


@dataclass(frozen=True, slots=True)
class DatePart:
    """One of the three boxes of a date."""

    key: str
    label: Any
    autocomplete: str
    length: int


class DateOfBirthField(Field):
    """Month, day and year in three boxes; ``data`` is a date or None.

    The boxes are ``<name>-month``, ``<name>-day``, ``<name>-year``; the error summary leads to the
    first.
    """

    PARTS = (
        DatePart("month", lazy_gettext("Month"), "bday-month", 2),
        DatePart("day", lazy_gettext("Day"), "bday-day", 2),
        DatePart("year", lazy_gettext("Year"), "bday-year", 4),
    )

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.typed: dict[str, str] = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002 — WTForms' signature
        self.process_errors = []
        self.data = None
        if formdata is None:
            return
        self.typed = {
            part.key: str(formdata.get(f"{self.name}-{part.key}", "")).strip()
            for part in self.PARTS
        }
        self.data = _date(self.typed)

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 — WTForms' signature
        if not any(self.typed.values()):
            raise ValidationError(gettext("Enter the date of birth"))
        for key, message in (
            ("month", gettext("Enter the month of birth")),
            ("day", gettext("Enter the day of birth")),
            ("year", gettext("Enter the year of birth")),
        ):
            if not self.typed.get(key):
                raise ValidationError(message)
        if self.data is None:
            raise ValidationError(
                gettext("Enter a real date of birth, with four digits for the year, like 4 27 1985")
            )


class DayField(DateField):
    """A day as a browser's calendar sends it, or typed as 3/31/2026."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%m/%d/%Y"], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata([str(typed).strip() for typed in valuelist])
        except ValueError as error:
            raise ValueError(gettext("Enter a real day, like 3/31/2026")) from error
        if isinstance(self.data, date) and not _FIRST_YEAR <= self.data.year <= _LAST_YEAR:
            self.data = None
            raise ValueError(gettext("Enter a real day, like 3/31/2026"))


class WholeNumberField(IntegerField):
    """A whole number; ``data`` is None for what is none, and then nothing else is said about it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(gettext("Enter a whole number")) from error

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 — WTForms' signature
        if self.process_errors and self.raw_data and self.raw_data[0]:
            raise StopValidation


class IdsField(SelectMultipleField):
    """Checkboxes with ids; which of them may be chosen, the books say."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, coerce=_id, choices=[], validate_choice=False, **kwargs)

    @property
    def ids(self) -> frozenset[UUID]:
        """Those that are ids."""
        return frozenset(one for one in self.data or () if one is not None)


def _id(typed: Any) -> UUID | None:
    try:
        return UUID(str(typed))
    except ValueError:
        return None


def _date(typed: dict[str, str]) -> date | None:
    if not all(text.isascii() and text.isdigit() for text in typed.values()):
        return None
    month, day, year = (int(typed[part.key]) for part in DateOfBirthField.PARTS)
    if len(typed["year"]) != _YEAR_DIGITS or year < _OLDEST_BIRTH:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class FieldError:
    """One line of the error summary: where it leads and what it says."""

    target: str
    message: str


def error_summary(form: Form, *messages: str) -> Sequence[FieldError]:
    """What is wrong with a form, field by field; before it ``messages``, which lead nowhere."""
    lines = [FieldError("", message) for message in messages]
    for field in form:
        lines.extend(FieldError(_first_input(field), str(error)) for error in field.errors)
    return lines


def _first_input(field: Field) -> str:
    return f"{field.id}-month" if isinstance(field, DateOfBirthField) else str(field.id)

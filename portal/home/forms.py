"""What the list of what happened is narrowed to: choices by the address, words by a form."""

from collections.abc import Mapping
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from portal.domain.money import parse_amount
from portal.home.account_tables import Headings
from portal.home.activity import ActivityKind, Narrowed
from portal.web.i18n import current_language

_WORDS_MAX = 60


class SearchForm(FlaskForm):
    """Words of a visit, a number, or an amount."""

    words = StringField(lazy_gettext("Search"), validators=[Length(max=_WORDS_MAX)])


def narrowed_by(asked: Mapping[str, str], *, words: str) -> Narrowed:
    """What of it makes sense; the rest is as if nobody had asked."""
    year, kind = asked.get("year", ""), asked.get("kind", "")
    is_year = year.isascii() and year.isdigit() and len(year) == len("2026")
    return Narrowed(
        kind=ActivityKind(kind) if kind in list(ActivityKind) else None,
        patient_id=_id(asked.get("patient", "")),
        year=int(year) if is_year and int(year) else None,
        words=words.strip(),
        cents=_cents(words),
    )


def headings() -> Headings:
    """The first row of each table of the account's file, and what its sums are called."""
    visit = (gettext("Visit"), gettext("Patient"), gettext("Date"), gettext("Seen by"))
    amounts = (
        gettext("Billed"),
        gettext("Taken off"),
        gettext("Insurance paid"),
        gettext("Still with insurance"),
        gettext("Waits with us"),
        gettext("You paid"),
        gettext("With a collection agency"),
        gettext("On your payment plan"),
        gettext("You owe"),
    )
    number, date = gettext("Statement"), gettext("Date")
    return Headings(
        language=current_language(),
        statements=(number, date, gettext("Due"), gettext("Asked for"), gettext("Replaced")),
        visits=(*visit, *amounts),
        lines=(*visit, gettext("Service"), gettext("Code"), *amounts),
        money=(date, gettext("Amount"), gettext("Receipt")),
        sums=(gettext("What"), gettext("Amount")),
        sum_names=(
            gettext("Left to pay in all"),
            gettext("Of that on payment plans"),
            gettext("On its way from your bank"),
            gettext("Your credit"),
        ),
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _cents(words: str) -> int | None:
    """The words as an amount, where somebody looks for one."""
    try:
        return parse_amount(words.strip().removeprefix("$").replace(",", ""))
    except ValueError:
        return None

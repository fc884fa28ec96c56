"""What managers send about a dispute: what to say, the text they approve, or that they give in."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.domain.dispute_evidence import LONGEST_TEXT, EvidenceItem

_LONGEST_REASON = 300
_ITEMS: list[Any] = [item.value for item in EvidenceItem]


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class ChecklistForm(FlaskForm):
    """Which of the items are to be said."""

    items = SelectMultipleField(
        lazy_gettext("What to say"),
        choices=_ITEMS,
    )

    @property
    def chosen(self) -> tuple[EvidenceItem, ...]:
        """Of a valid form."""
        return tuple(EvidenceItem(one) for one in self.items.data or ())


class EvidenceForm(ChecklistForm):
    """The text, and that somebody has read it."""

    text = TextAreaField(
        lazy_gettext("What the bank will read"),
        [
            DataRequired(lazy_gettext("Write what the bank should know")),
            Length(max=LONGEST_TEXT, message=lazy_gettext("This is longer than the bank takes")),
        ],
        filters=[_stripped],
    )
    read = BooleanField(
        lazy_gettext(
            "I have read all of it. It says nothing about anybody’s health, visits or name."
        ),
        [DataRequired(lazy_gettext("Read it, then say that you have"))],
    )

    def refuse_words(self, words: tuple[str, ...]) -> None:
        """It tells who somebody is."""
        message = gettext(
            "Take this out, it tells who somebody is: %(words)s", words=", ".join(words)
        )
        errors: list[Any] = [*self.text.errors, message]
        self.text.errors = errors


class AcceptForm(FlaskForm):
    """Why the practice gives in."""

    reason = StringField(
        lazy_gettext("Why do you give in?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )

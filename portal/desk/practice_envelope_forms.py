"""The form of a practice's envelopes: inches as a vendor's drawing has them, and what is wrong."""

import re
from typing import Any, Final

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, TextAreaField
from wtforms.widgets import TextInput

from portal.connectors.pdf_blocks import Windows, Zone
from portal.statements.papers.envelopes import (
    MOST_LETTERS,
    MOST_LINES,
    EnvelopeFinding,
    EnvelopeProblem,
)
from portal.statements.papers.reading import Envelope

SIDES: Final = ("x", "y", "width", "height")
_INCHES: Final = re.compile(r"(\d{1,2})(?:[.,](\d{1,3}))?", re.ASCII)


class InchesField(Field):
    """``data``: thousandths of an inch, or None. A decimal comma is one too."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        found = _INCHES.fullmatch(typed)
        self.data = None
        if found is None:
            raise ValueError(gettext("Enter inches, like 0.875"))
        self.data = int(found[1]) * 1_000 + int((found[2] or "").ljust(3, "0"))

    def _value(self) -> str:
        """As it was typed, or as it counts."""
        if self.raw_data:
            return str(self.raw_data[0])
        return inches(self.data) if self.data is not None else ""


def inches(thousandths: int) -> str:
    """``875`` as ``0.875``, ``4000`` as ``4``."""
    whole, rest = divmod(thousandths, 1_000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")


def _lines(typed: str | None) -> str:
    """Empty lines are none."""
    return "\n".join(line.strip() for line in (typed or "").splitlines() if line.strip())


class EnvelopeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Two windows, each from the upper left corner of the folded sheet."""

    sender_x = InchesField(lazy_gettext("From the left"))
    sender_y = InchesField(lazy_gettext("From the top"))
    sender_width = InchesField(lazy_gettext("Width"))
    sender_height = InchesField(lazy_gettext("Height"))
    recipient_x = InchesField(lazy_gettext("From the left"))
    recipient_y = InchesField(lazy_gettext("From the top"))
    recipient_width = InchesField(lazy_gettext("Width"))
    recipient_height = InchesField(lazy_gettext("Height"))
    is_duplex = BooleanField(lazy_gettext("Print on both sides"))
    remit_to = TextAreaField(lazy_gettext("Where checks are mailed to"), filters=[_lines])

    @property
    def envelope(self) -> Envelope:
        """What was typed, once every number was one."""
        sender, recipient = (
            Zone(*(self[f"{window}_{side}"].data for side in SIDES))
            for window in ("sender", "recipient")
        )
        lines = tuple((self.remit_to.data or "").splitlines())
        return Envelope(Windows(sender, recipient), self.is_duplex.data, lines)

    def show(self, findings: tuple[EnvelopeFinding, ...]) -> None:
        """Put what is wrong beside a field that can mend it."""
        for one in findings:
            field: Any = self[_field_of(one)]
            field.errors = [*field.errors, problem_words(one.problem)]


def filled(envelope: Envelope) -> EnvelopeForm:
    """The form with what counts now."""
    data: dict[str, object] = {
        f"{name}_{side}": getattr(window, side)
        for name, window in (
            ("sender", envelope.windows.sender),
            ("recipient", envelope.windows.recipient),
        )
        for side in SIDES
    }
    remit_to = "\n".join(envelope.remit_lines)
    return EnvelopeForm(
        formdata=None, data={**data, "is_duplex": envelope.is_duplex, "remit_to": remit_to}
    )


def problem_words(problem: EnvelopeProblem) -> str:
    """What to do about it."""
    words = {
        EnvelopeProblem.AT_THE_EDGE: gettext("Keep it 0.25 inches or more from the edge"),
        EnvelopeProblem.TOO_SMALL: gettext("It must be 2 inches wide and 0.6 high, or more"),
        EnvelopeProblem.BELOW_THE_FOLD: gettext(
            "It must end 3.667 inches from the top or above: there the sheet is folded"
        ),
        EnvelopeProblem.TOO_FAR_RIGHT: gettext(
            "It must end 5 inches from the left or before: the amount stands beside it"
        ),
        EnvelopeProblem.NOT_APART: gettext("It must begin below the window of your own address"),
        EnvelopeProblem.TOO_MANY_LINES: gettext("At most %(most)s lines", most=MOST_LINES),
        EnvelopeProblem.TOO_LONG: gettext("At most %(most)s letters a line", most=MOST_LETTERS),
        EnvelopeProblem.NOT_PRINTABLE: gettext("Take out the signs that cannot be printed"),
    }
    return str(words[problem])


def _field_of(finding: EnvelopeFinding) -> str:
    side = {
        EnvelopeProblem.AT_THE_EDGE: "x",
        EnvelopeProblem.TOO_SMALL: "width",
        EnvelopeProblem.BELOW_THE_FOLD: "height",
        EnvelopeProblem.TOO_FAR_RIGHT: "width",
        EnvelopeProblem.NOT_APART: "y",
    }.get(finding.problem)
    return f"{finding.about}_{side}" if side else finding.about

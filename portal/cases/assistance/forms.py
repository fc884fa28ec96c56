"""What is asked of who needs help with paying, and of who decides."""

from typing import Any, Final

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.cases.assistance.applying import Applied
from portal.cases.forms import ChoiceField
from portal.domain.assistance import (
    MOST_PEOPLE,
    AssistancePolicy,
    Band,
    Household,
    IncomePeriod,
)
from portal.web.fields import MoneyField, WholeNumberField

BANDS: Final = 4

_LONGEST: Final = 2_000
_MOST_CENTS: Final = 10_000_000_00
_MOST_DAYS: Final = 1_000


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


def _words(label: str, error: str = "") -> TextAreaField:
    needed = [DataRequired(error)] if error else [Optional()]
    short = Length(max=_LONGEST, message=lazy_gettext("Write less: 2,000 letters at most"))
    return TextAreaField(label, [*needed, short], filters=[_stripped])


class ScreenForm(FlaskForm):
    """Two questions."""

    people = WholeNumberField(
        lazy_gettext("How many people live in your household, you too?"),
        [
            InputRequired(lazy_gettext("Enter how many people you are")),
            NumberRange(
                min=1, max=MOST_PEOPLE, message=lazy_gettext("Enter a number from 1 to 30")
            ),
        ],
    )
    income = MoneyField(lazy_gettext("What do you all earn together, before taxes?"))
    period = ChoiceField(
        lazy_gettext("For how long is that?"),
        choices={
            IncomePeriod.MONTH.value: lazy_gettext("For a month"),
            IncomePeriod.YEAR.value: lazy_gettext("For a year"),
        },
        error=lazy_gettext("Choose a month or a year"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.income.allow(minimum_cents=0, maximum_cents=_MOST_CENTS)

    @property
    def household(self) -> Household:
        return Household(
            self.people.data or 1, self.income.data or 0, IncomePeriod(self.period.data or "")
        )


class ApplyForm(ScreenForm):
    """The same, with what it rests on."""

    income_words = _words(lazy_gettext("Where does it come from? Has it changed?"))

    def applied(self) -> Applied:
        return Applied(self.household, self.income_words.data or "")


class AttestForm(FlaskForm):
    """Nothing is ticked for anybody."""

    agreed = BooleanField(
        lazy_gettext("What I say here is true and complete, as far as I know."),
        [InputRequired(lazy_gettext("Tick the box if it is true"))],
    )


class GrantForm(FlaskForm):
    """How much is taken off, and a sentence about it."""

    off_percent = WholeNumberField(
        lazy_gettext("Percent to take off"),
        [
            InputRequired(lazy_gettext("Enter a percent from 1 to 100")),
            NumberRange(min=1, max=100, message=lazy_gettext("Enter a percent from 1 to 100")),
        ],
    )
    words = _words(lazy_gettext("What you write to them, if anything"))


class DenyForm(FlaskForm):
    """Why not."""

    words = _words(
        lazy_gettext("Why not, in plain words for them"), lazy_gettext("Write the reason")
    )


class StopForm(FlaskForm):
    """Why later bills get none."""

    words = _words(
        lazy_gettext("Why no more, in plain words for them"), lazy_gettext("Write the reason")
    )


class PolicyForm(FlaskForm):
    """The practice's rules: bands, for how long, for which visits."""

    up_to_1 = WholeNumberField(lazy_gettext("Up to, percent of the guideline"), [Optional()])
    off_1 = WholeNumberField(lazy_gettext("Percent to take off"), [Optional()])
    up_to_2 = WholeNumberField(lazy_gettext("Up to, percent of the guideline"), [Optional()])
    off_2 = WholeNumberField(lazy_gettext("Percent to take off"), [Optional()])
    up_to_3 = WholeNumberField(lazy_gettext("Up to, percent of the guideline"), [Optional()])
    off_3 = WholeNumberField(lazy_gettext("Percent to take off"), [Optional()])
    up_to_4 = WholeNumberField(lazy_gettext("Up to, percent of the guideline"), [Optional()])
    off_4 = WholeNumberField(lazy_gettext("Percent to take off"), [Optional()])
    good_for_months = WholeNumberField(
        lazy_gettext("Good for so many months"),
        [NumberRange(min=1, max=12, message=lazy_gettext("Enter 1 to 12"))],
    )
    reaches_back_days = WholeNumberField(
        lazy_gettext("Covers visits so many days before the application"),
        [NumberRange(min=0, max=_MOST_DAYS, message=lazy_gettext("Enter 0 to 1,000"))],
    )
    alone = MoneyField(lazy_gettext("What one person may grant alone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alone.allow(minimum_cents=0, maximum_cents=_MOST_CENTS)

    @classmethod
    def of(cls, policy: AssistancePolicy) -> "PolicyForm":
        """As it is now."""
        kept: dict[str, int] = {
            "good_for_months": policy.good_for_months,
            "reaches_back_days": policy.reaches_back_days,
            "alone": policy.alone_up_to_cents,
        }
        for place, band in enumerate(policy.bands[:BANDS], start=1):
            kept |= {f"up_to_{place}": band.up_to_percent, f"off_{place}": band.off_percent}
        return cls(formdata=None, data=kept)

    def policy(self) -> AssistancePolicy | None:
        """None, with an error, for bands that do not rise in income and fall in help."""
        bands = [
            Band(self[f"up_to_{place}"].data, self[f"off_{place}"].data)
            for place in range(1, BANDS + 1)
            if self[f"up_to_{place}"].data and self[f"off_{place}"].data
        ]
        try:
            return AssistancePolicy(
                bands=tuple(bands),
                good_for_months=self.good_for_months.data or 0,
                reaches_back_days=self.reaches_back_days.data or 0,
                alone_up_to_cents=self.alone.data or 0,
            )
        except ValueError:
            self.up_to_1.errors = [
                gettext("Each band needs more income and less help than the one before it")
            ]
            return None

"""What people choose on the pages of a change, and the yes to what a check page said."""

from typing import Any, Final
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, ValidationError
from wtforms.validators import AnyOf, InputRequired

from portal.domain.plans.policy import Overpayment
from portal.domain.plans.sum_changes import Addition
from portal.plans.offering.forms import VisitBoxes
from portal.web.fields import DayField

CHECK: Final = "check"
DISCLOSED: Final = "disclosed"
GO: Final = "go"
_TICK = lazy_gettext("Tick the box if you agree. Without it nothing changes.")


class StepForm(FlaskForm):
    """How far somebody is: choosing, past a disclosure, or sure. ``schedule``: what they saw."""

    step = HiddenField()
    schedule = HiddenField()
    seen = HiddenField()
    agreed = BooleanField(lazy_gettext("I agree"))

    def has_agreed(self) -> bool:
        """The box is ticked; else it says what to do."""
        if self.agreed.data:
            return True
        self.agreed.errors = [_TICK]
        return False


class MoveForm(StepForm):
    """Another day."""

    day = DayField(lazy_gettext("On which day?"), [InputRequired(lazy_gettext("Choose a day"))])


class AheadForm(StepForm):
    """What money that was paid ahead does."""

    how = StringField(
        lazy_gettext("What should it do?"),
        [
            AnyOf(
                [Overpayment.SHORTEN.value, Overpayment.LOWER.value],
                lazy_gettext("Choose what it should do"),
            )
        ],
    )


class AddForm(StepForm):
    """Which visits join, and how."""

    visit = VisitBoxes(lazy_gettext("Which visits?"))
    how = StringField(
        lazy_gettext("What should change?"),
        [
            AnyOf(
                [Addition.LONGER.value, Addition.HIGHER.value],
                lazy_gettext("Choose what should change"),
            )
        ],
    )


class MethodForm(StepForm):
    """A way to pay that is kept, or by hand."""

    how = StringField(lazy_gettext("How do you want to make the payments?"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offered: frozenset[str] = frozenset()

    def offer(self, values: frozenset[str]) -> None:
        """Set what may be chosen."""
        self.offered = values

    def method_id(self) -> UUID | None:
        """What a valid form says; None: by hand."""
        try:
            return UUID(str(self.how.data))
        except ValueError:
            return None

    def validate_how(self, field: StringField) -> None:
        """One of those that were offered."""
        if field.data not in self.offered:
            raise ValidationError(gettext("Choose how you want to make the payments"))


class EndForm(FlaskForm):
    """A yes; ``left``: the cents that the page said are asked for then."""

    left = HiddenField()

    def left_seen_cents(self) -> int:
        """-1 for what is no amount: it is then another than there is."""
        typed = str(self.left.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() else -1

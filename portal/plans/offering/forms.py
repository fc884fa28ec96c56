"""What people choose before a plan: visits, how often, from when, how many or how much."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, StringField, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Optional

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.offers import Wish
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.plans.offering.service import Choice
from portal.web.fields import DayField, MoneyField

BY_AMOUNT: Final = "amount"
BY_NUMBER: Final = "number"
BY_HAND: Final = "by_hand"
_DIGITS_MOST: Final = 3
_TICK = lazy_gettext("Tick the box if you agree. Without it nothing begins.")


class VisitBoxes(Field):
    """Visits by their ids, as boxes; ``data`` is the set of those that are ticked and offered."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.data: frozenset[UUID] = frozenset()

    def process_data(self, value: Any) -> None:
        self.data = frozenset(value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = frozenset(one for one in map(_uuid, valuelist) if one is not None)

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 — WTForms' signature
        if not self.data:
            raise ValidationError(gettext("Choose at least one visit"))


class CountField(Field):
    """How many payments, typed; looked at only with its own choice."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.typed = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = str(valuelist[0]).strip() if valuelist else ""
        self.data = _count(self.typed)

    def _value(self) -> str:
        return self.typed

    def pre_validate(self, form: BaseForm) -> None:
        if form["how"].data != BY_NUMBER:
            return
        if self.data is None:
            raise ValidationError(gettext("Enter a number of payments, like 5"))


class ChooseForm(FlaskForm):
    """The page of offers. ``how`` is a number of payments, or which box to read it from."""

    how = StringField(lazy_gettext("Choose your payments"))
    number = CountField(lazy_gettext("Number of payments"))
    amount = MoneyField(lazy_gettext("Each time I can pay"), only_when=("how", BY_AMOUNT))
    visit = VisitBoxes(lazy_gettext("Which visits?"))
    frequency = StringField(lazy_gettext("How often do you want to pay?"))
    first_on = DayField(lazy_gettext("First payment on"), [Optional()])

    def wish(self) -> Wish:
        """What was chosen, as far as it can be read."""
        return Wish(frequency=self.chosen_frequency(), first_due_on=self.first_on.data)

    def chosen_frequency(self) -> Frequency:
        """Monthly unless another was chosen."""
        known = {one.value: one for one in Frequency}
        return known.get(str(self.frequency.data), Frequency.MONTHLY)

    def validate_wish(self) -> None:
        """Look only at what offers rest on, not at which of them is taken."""
        for field in (self.visit, self.first_on):
            field.validate(self)

    def refuse(self, refusal: Refusal, words: str) -> None:
        """The rules say no: beside the box it is about."""
        field: Field = self.how
        if refusal.code is RefusalCode.FIRST_DAY_OUT_OF_RANGE:
            field = self.first_on
        elif refusal.code is RefusalCode.FREQUENCY_NOT_OFFERED:
            field = self.frequency
        elif self.how.data in (BY_AMOUNT, BY_NUMBER):
            field = self.amount if self.how.data == BY_AMOUNT else self.number
        if not field.errors:
            field.errors = [words]

    def choice(self) -> Choice:
        """What a valid form says."""
        return Choice(
            claim_ids=self.visit.data,
            frequency=self.chosen_frequency(),
            first_due_on=self.first_on.data,
            count=self._count(),
            each_cents=self.amount.data if self.how.data == BY_AMOUNT else None,
        )

    def validate_how(self, field: StringField) -> None:
        """Something has to be chosen; what the rules say to it, they say."""
        if field.data not in (BY_AMOUNT, BY_NUMBER) and self._count() is None:
            raise ValidationError(gettext("Choose how you want to spread it"))

    def _count(self) -> int | None:
        return _count(str(self.number.data if self.how.data == BY_NUMBER else self.how.data))


class HowForm(FlaskForm):
    """A way to pay that is kept, or by hand."""

    how = StringField(lazy_gettext("How do you want to make the payments?"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offered: Collection[UUID] = ()
        self.may_be_by_hand = True

    def offer(self, method_ids: Collection[UUID], *, by_hand: bool) -> None:
        """Set what may be chosen."""
        self.offered, self.may_be_by_hand = method_ids, by_hand

    def method_id(self) -> UUID | None:
        """What a valid form says; None: by hand."""
        return _uuid(self.how.data)

    def validate_how(self, field: StringField) -> None:
        """One of those that were offered."""
        is_by_hand = field.data == BY_HAND and self.may_be_by_hand
        if not is_by_hand and _uuid(field.data) not in self.offered:
            raise ValidationError(gettext("Choose how you want to make the payments"))


class AgreeForm(FlaskForm):
    """The box that nobody has ticked. ``seen``: of the words that stood beside it."""

    agreed = BooleanField(lazy_gettext("I agree"), [InputRequired(_TICK)])
    seen = HiddenField()


def _count(typed: str) -> int | None:
    is_count = typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS_MOST
    return int(typed) if is_count else None


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None

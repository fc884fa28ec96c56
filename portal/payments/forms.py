"""What people choose when they pay. A view sets the bounds of an amount, from the ledger."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, StringField, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import AnyOf, InputRequired

from portal.domain.money import format_usd
from portal.domain.payment_choice import PaymentChoice, most_cents
from portal.payments.choices import AmountPage, Box
from portal.payments.service import LEAST_CENTS
from portal.web.fields import MoneyField

_ALL, _PART, _VISITS = (choice.value for choice in PaymentChoice)
_CHOOSE = lazy_gettext("Choose how much you want to pay")


class PartField(MoneyField):
    """An amount that may stay empty: then all of it is meant."""

    def pre_validate(self, form: BaseForm) -> None:
        if self.typed:
            super().pre_validate(form)


class VisitsField(Field):
    """Visits, and patients for all of their visits, by their ids; ``data`` is the set of visits.

    Only what was offered can be chosen. Looked at when visits are what is to be paid.
    """

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.data: frozenset[UUID] = frozenset()
        self.offered: Mapping[str, frozenset[UUID]] = {}
        self.ticked: frozenset[str] = frozenset()

    def offer(self, boxes: Iterable[Box]) -> None:
        """What can be ticked; the error summary leads to the first."""
        self.offered = {str(box.value): box.claim_ids for box in boxes}
        self.data = frozenset().union(
            *(visits for value, visits in self.offered.items() if value in self.ticked)
        )
        self.id = self.id_of(next(iter(self.offered), ""))

    def id_of(self, value: object) -> str:
        """Of the box with this value."""
        return f"{self.name}-{value}"

    def process_data(self, value: Any) -> None:
        self.ticked = frozenset(str(one) for one in value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.ticked = frozenset(map(str, valuelist))

    def pre_validate(self, form: BaseForm) -> None:
        if form["how"].data != _VISITS:
            return
        if not self.ticked <= self.offered.keys():
            raise ValidationError(gettext("Choose again: what can be paid has changed"))
        if not self.data:
            raise ValidationError(gettext("Choose a visit"))


class AmountForm(FlaskForm):
    """All of what is due, another amount, or visits: all of what these ask for, or a part."""

    how = StringField(
        lazy_gettext("How much do you want to pay?"),
        [InputRequired(_CHOOSE), AnyOf((_ALL, _PART, _VISITS), _CHOOSE)],
    )
    visit = VisitsField(lazy_gettext("Which visits?"))
    of_these = PartField(
        lazy_gettext("Only a part of these? Enter how much"), only_when=("how", _VISITS)
    )
    amount = MoneyField(lazy_gettext("Amount"), only_when=("how", _PART))

    def offer(self, page: AmountPage) -> None:
        """Set what may be chosen, and the bounds: what is due, and what the chosen visits ask."""
        self.visit.offer(page.boxes)
        self.due_now_cents = page.due_now_cents
        self.of_visits_cents = most_cents(
            PaymentChoice.VISITS,
            self.visit.data,
            due_now_cents=page.due_now_cents,
            visit_cents=page.visit_cents,
        )
        self.amount.allow(minimum_cents=LEAST_CENTS, maximum_cents=page.due_now_cents)
        self.of_these.allow(minimum_cents=LEAST_CENTS, maximum_cents=self.of_visits_cents)

    def validate_visit(self, field: VisitsField) -> None:
        """Visits that come to less than can be paid."""
        if self.how.data == _VISITS and field.data and self.of_visits_cents < LEAST_CENTS:
            least = format_usd(LEAST_CENTS)
            raise ValidationError(gettext("Choose visits of %(least)s or more", least=least))

    @property
    def choice(self) -> PaymentChoice:
        """What a valid form says."""
        return PaymentChoice(self.how.data or "")

    @property
    def chosen_cents(self) -> int:
        """What a valid form says."""
        if self.choice is PaymentChoice.VISITS:
            return int(self.of_these.data or self.of_visits_cents)
        return self.due_now_cents if self.choice is PaymentChoice.ALL else int(self.amount.data)


class ConfirmForm(FlaskForm):
    """Agreeing to a payment; ``due`` is what the page said was due, so that a change is noticed."""

    due = IntegerField(validators=[InputRequired()])
    keep = BooleanField()  # what it is paid with, for next time

    def due_seen_cents(self) -> int:
        """What a valid form says."""
        return int(self.due.data or 0)

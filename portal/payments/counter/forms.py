"""What the desk types: amounts, counts, and why. Views set the bounds of an amount."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import request
from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    StringField,
    ValidationError,
    validators,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.domain.drawer import PIECES
from portal.domain.payment_channel import MethodKind
from portal.payments.counter.taking import HandedOver
from portal.payments.counter.undoing import ReturnReason, VoidReason
from portal.web import fields
from portal.web.fields import IdsField, MoneyField

METHODS: Final = (MethodKind.CASH.value, MethodKind.CHECK.value, MethodKind.TERMINAL.value)
OLDEST, CHOSEN, VISIT = "oldest", "chosen", "visit"
MOST_CENTS: Final = 10**8
_PIECES_TYPED: Final = re.compile(r"[0-9]{1,4}")
_LONGEST_NAME, _LONGEST_NUMBER, _LONGEST_NOTE = 40, 20, 300
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,20}")


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class DayField(fields.DayField):
    """A day that may be left out; whether it must be there, the form says."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if [str(one).strip() for one in valuelist] != [""]:
            super().process_formdata(valuelist)


class OpenDrawerForm(FlaskForm):
    """Which drawer, and the change in it."""

    name = StringField(
        lazy_gettext("Which drawer?"),
        [DataRequired(lazy_gettext("Write which drawer")), Length(max=_LONGEST_NAME)],
        filters=[_stripped],
    )
    start = MoneyField(lazy_gettext("Cash in it now, to give change"))

    def allow_amounts(self) -> None:
        """From nothing on."""
        self.start.allow(minimum_cents=0, maximum_cents=MOST_CENTS)


class TakeForm(FlaskForm):
    """What somebody hands over and what for."""

    amount = MoneyField(lazy_gettext("Amount"))
    paid_by = StringField(
        lazy_gettext("How do they pay?"),
        [AnyOf(METHODS, lazy_gettext("Choose how they pay"))],
    )
    tendered = MoneyField(lazy_gettext("Cash you are given"), only_when=("paid_by", "cash"))
    check_number = StringField(
        lazy_gettext("Check number"), [Length(max=_LONGEST_NUMBER)], filters=[_stripped]
    )
    approval_code = StringField(
        lazy_gettext("Approval code on the slip"),
        [Length(max=_LONGEST_NUMBER)],
        filters=[_stripped],
    )
    what_for = StringField(lazy_gettext("What is it for?"))
    visits = IdsField(lazy_gettext("Visits"))
    visit_on = DayField(lazy_gettext("Day of the visit"))

    today: date | None = None

    def allow_amounts(self) -> None:
        """Anything a drawer may hold; more than is due is asked about."""
        self.amount.allow(minimum_cents=1, maximum_cents=MOST_CENTS)
        self.tendered.allow(minimum_cents=1, maximum_cents=MOST_CENTS)
        if not self.tendered.typed:  # the exact amount
            self.tendered.data, self.tendered.typed = self.amount.data, self.amount.typed

    def validate_tendered(self, field: MoneyField) -> None:
        """Enough of it."""
        is_cash = self.paid_by.data == MethodKind.CASH
        if is_cash and field.data and self.amount.data and field.data < self.amount.data:
            raise ValidationError(gettext("It is less than the amount"))

    def validate_check_number(self, field: StringField) -> None:
        """Of a check."""
        if self.paid_by.data == MethodKind.CHECK and not _NUMBER.fullmatch(field.data or ""):
            raise ValidationError(gettext("Enter the number on the check"))

    def validate_approval_code(self, field: StringField) -> None:
        """Of the card machine; never a card's number."""
        if self.paid_by.data != MethodKind.TERMINAL:
            return
        typed = field.data or ""
        if not _NUMBER.fullmatch(typed) or _looks_like_a_card(typed):
            raise ValidationError(gettext("Enter the approval code, not the card’s number"))

    def validate_what_for(self, field: StringField) -> None:
        """One of these, or the id of a payment plan; whether it is theirs, the books say."""
        if field.data not in (OLDEST, CHOSEN, VISIT) and self.plan_id is None:
            raise ValidationError(gettext("Choose what it is for"))

    def validate_visits(self, field: IdsField) -> None:
        """At least one where they are chosen."""
        if self.what_for.data == CHOSEN and not field.ids:
            raise ValidationError(gettext("Choose the visits it is for"))

    def validate_visit_on(self, field: DayField) -> None:
        """Today or later: what was before has its share, or is about to."""
        if self.what_for.data != VISIT:
            return
        if field.data is None:
            raise ValidationError(gettext("Enter the day of the visit"))
        if self.today is not None and field.data < self.today:
            raise ValidationError(gettext("Enter today or a day to come"))

    def money(self, guarantor_id: UUID) -> HandedOver:
        """Of a valid form."""
        method, amount_cents = MethodKind(self.paid_by.data or ""), int(self.amount.data)
        is_cash = method is MethodKind.CASH
        return HandedOver(
            guarantor_id=guarantor_id,
            method=method,
            amount_cents=amount_cents,
            tendered_cents=int(self.tendered.data) if is_cash else amount_cents,
            check_number=(self.check_number.data or "") if method is MethodKind.CHECK else "",
            approval_code=(self.approval_code.data or "") if method is MethodKind.TERMINAL else "",
            claim_ids=tuple(sorted(self.visits.ids)) if self.what_for.data == CHOSEN else (),
            visit_on=self.visit_on.data if self.what_for.data == VISIT else None,
            plan_id=self.plan_id,
        )

    @property
    def plan_id(self) -> UUID | None:
        """Of the payment plan it is for."""
        try:
            return UUID(self.what_for.data or "")
        except ValueError:
            return None


def _looks_like_a_card(typed: str) -> bool:
    least = 12  # digits of the shortest card number
    return sum(character.isdigit() for character in typed) >= least


class ConfirmTakeForm(TakeForm):
    """The same, agreed to; ``payment_id`` makes the form sent twice one payment."""

    payment_id = HiddenField(validators=[InputRequired(), validators.UUID()])
    due = IntegerField(validators=[InputRequired()])
    over = BooleanField(lazy_gettext("Yes, they want to pay more than they owe"))

    @property
    def payment(self) -> UUID:
        """Of a valid form."""
        return UUID(self.payment_id.data or "")


class CountForm(FlaskForm):
    """Bills and coins as `pieces-<cents>`, and the checks that are there."""

    checks = IdsField(lazy_gettext("Checks in the drawer"))

    @property
    def typed(self) -> Mapping[int, str]:
        """As typed, by worth."""
        return {worth: request.form.get(f"pieces-{worth}", "").strip() for worth in PIECES}

    def pieces(self) -> dict[int, int] | None:
        """How many of each; None when one is no number."""
        found = {}
        for worth, typed in self.typed.items():
            if typed and not _PIECES_TYPED.fullmatch(typed):
                return None
            found[worth] = int(typed or 0)
        return found


class CloseForm(FlaskForm):
    """Agreeing to a count, with a reason where it is off."""

    count_id = HiddenField(validators=[InputRequired(), validators.UUID()])
    reason = StringField(
        lazy_gettext("Why does it differ?"), [Length(max=_LONGEST_NOTE)], filters=[_stripped]
    )

    @property
    def count(self) -> UUID:
        """Of a valid form."""
        return UUID(self.count_id.data or "")


class ReopenForm(FlaskForm):
    """Why a closed drawer is opened again."""

    reason = StringField(
        lazy_gettext("Why is it opened again?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_NOTE)],
        filters=[_stripped],
    )


class TakeBackForm(FlaskForm):
    """Why a batch of the card machine is taken back."""

    reason = StringField(
        lazy_gettext("Why is it taken back?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_NOTE)],
        filters=[_stripped],
    )


class FoundForm(FlaskForm):
    """Where a missing check was."""

    where = StringField(
        lazy_gettext("Where was it?"),
        [DataRequired(lazy_gettext("Write where it was")), Length(max=_LONGEST_NOTE)],
        filters=[_stripped],
    )


class VoidForm(FlaskForm):
    """Why a payment is undone."""

    void_why = StringField(
        lazy_gettext("Why?"), [AnyOf(list(VoidReason), lazy_gettext("Choose why"))]
    )


class ReturnForm(FlaskForm):
    """What the bank said."""

    bank_said = StringField(
        lazy_gettext("What did the bank say?"),
        [AnyOf(list(ReturnReason), lazy_gettext("Choose why"))],
    )


class DepositForm(FlaskForm):
    """The drawers that go to the bank."""

    drawers = IdsField(lazy_gettext("Drawers"))


class BatchForm(FlaskForm):
    """What the bank says of the card machine's batch."""

    arrived_on = DayField(
        lazy_gettext("Day at the bank"), [InputRequired(lazy_gettext("Enter the day"))]
    )
    amount = MoneyField(lazy_gettext("Amount that arrived"))
    reference = StringField(
        lazy_gettext("Batch number"), [Length(max=_LONGEST_NUMBER)], filters=[_stripped]
    )
    payments = IdsField(lazy_gettext("Payments in it"))
    less_refunds = BooleanField(lazy_gettext("The batch has these refunds taken off"))
    reason = StringField(
        lazy_gettext("Why is so much missing?"), [Length(max=_LONGEST_NOTE)], filters=[_stripped]
    )

    today: date | None = None

    def allow_amounts(self) -> None:
        """What may be more than that is asked of the books."""
        self.amount.allow(minimum_cents=1, maximum_cents=MOST_CENTS)

    def validate_arrived_on(self, field: DayField) -> None:
        """Not before it happened."""
        if field.data and self.today and field.data > self.today:
            raise ValidationError(gettext("Enter a day that has come"))

    def validate_payments(self, field: IdsField) -> None:
        """At least one."""
        if not field.ids:
            raise ValidationError(gettext("Choose the payments it was"))

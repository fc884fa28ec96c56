"""What posters send: which hold ends and why, whose a claim is, what becomes of one set aside."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    StringField,
    ValidationError,
    validators,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional

from portal.domain.hold_kinds import HoldKind
from portal.domain.line_errors import LineError
from portal.domain.quarantine import QuarantineAct
from portal.remittances.coverages import NewCoverage
from portal.web.fields import DayField
from portal.web.i18n import current_language

PLACES = ("1", "2", "3")
_LONGEST_REASON = 300
_LONGEST_NUMBER = 50
_LONGEST_NAME = 100
_MOST_LINE_ERRORS = 20


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class ReleaseForm(FlaskForm):
    """Ends a hold."""

    kind = HiddenField(validators=[InputRequired(), AnyOf(list(HoldKind))])
    reason = StringField(
        lazy_gettext("Why may it be billed?"),
        [DataRequired(lazy_gettext("Write why it may be billed")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )
    stands = HiddenField()  # of two decisions of one payer; empty: the first, or there are no two

    @property
    def hold_kind(self) -> HoldKind:
        """Of a valid form."""
        return HoldKind(self.kind.data or "")

    @property
    def last_stands(self) -> bool:
        """Whether the later of two decisions takes the place of the first."""
        return self.hold_kind is HoldKind.DECIDED_AGAIN and self.stands.data == "last"


class HoldForm(FlaskForm):
    """Puts a claim on hold."""

    why = StringField(
        lazy_gettext("Why must it wait?"),
        [DataRequired(lazy_gettext("Write why it must wait")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )


class WriteOffForm(FlaskForm):
    """Gives up what payers refused: ``cents`` is what the page said."""

    cents = IntegerField(validators=[InputRequired()])

    def seen_cents(self) -> int:
        """Of a valid form."""
        return int(self.cents.data or 0)


class MatchForm(FlaskForm):
    """Says whose claim it is."""

    patient_id = HiddenField(validators=[InputRequired(), validators.UUID()])

    @property
    def patient(self) -> UUID:
        """Of a valid form."""
        return UUID(self.patient_id.data or "")


class JoinForm(FlaskForm):
    """Says with which claim it is one."""

    partner_id = HiddenField(validators=[InputRequired(), validators.UUID()])
    why_one = StringField(
        lazy_gettext("Why are they one claim?"),
        [DataRequired(lazy_gettext("Write why they are one claim")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )

    @property
    def partner(self) -> UUID:
        """Of a valid form."""
        return UUID(self.partner_id.data or "")


class FindForm(FlaskForm):
    """Looks for the patient in one account."""

    account_number = StringField(validators=[Length(max=_LONGEST_NUMBER)], filters=[_stripped])


class ResolveForm(FlaskForm):
    """One act. ``decision_id``: of a match, the decision that is taken back.

    ``claim_id``: of a move, the claim that it is posted on.
    """

    act = HiddenField(validators=[InputRequired(), AnyOf(list(QuarantineAct))])
    decision_id = HiddenField(validators=[Optional(), validators.UUID()])
    claim_id = HiddenField(validators=[Optional(), validators.UUID()])
    reason = StringField(
        lazy_gettext("Why?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )

    @property
    def what(self) -> QuarantineAct:
        """Of a valid form."""
        return QuarantineAct(self.act.data or "")

    @property
    def takes_back(self) -> UUID | None:
        """Of a valid form."""
        return UUID(self.decision_id.data) if self.decision_id.data else None

    @property
    def moves_to(self) -> UUID | None:
        """Of a valid form."""
        return UUID(self.claim_id.data) if self.claim_id.data else None


class FindClaimForm(FlaskForm):
    """Looks under another claim number: for what a reversal takes back, or the claim it is of."""

    claim_number = StringField(validators=[Length(max=_LONGEST_NUMBER)], filters=[_stripped])


class CoverageForm(FlaskForm):
    """What stands on a card; ``known_payers`` are the plans to choose from, which the view sets."""

    payer_id = StringField(lazy_gettext("Plan"))
    payer_name = StringField(
        lazy_gettext("Name of the plan, if it is not in the list"),
        [Length(max=_LONGEST_NAME)],
        filters=[_stripped],
    )
    member_identifier = StringField(
        lazy_gettext("Member number"),
        [
            DataRequired(lazy_gettext("Enter the member number on the card")),
            Length(max=_LONGEST_NUMBER),
        ],
        filters=[_stripped],
    )
    rank = StringField(
        lazy_gettext("Its place in line"), [AnyOf(PLACES, lazy_gettext("Choose one from the list"))]
    )
    known_payers: frozenset[UUID] = frozenset()
    starts_on = DayField(lazy_gettext("First day"), [Optional()])
    ends_on = DayField(lazy_gettext("Last day"), [Optional()])

    def validate_payer_id(self, field: StringField) -> None:
        """From the list or by its name, not both."""
        if bool(field.data) == bool(self.payer_name.data):
            raise ValidationError(gettext("Choose the plan, or write its name below"))
        if field.data and field.data not in {str(one) for one in self.known_payers}:
            raise ValidationError(gettext("Choose one from the list"))

    def validate_ends_on(self, field: DayField) -> None:
        """Not before the first day."""
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise ValidationError(gettext("Enter a last day that is not before the first day"))

    @property
    def coverage(self) -> NewCoverage:
        """Of a valid form."""
        return NewCoverage(
            payer_id=UUID(self.payer_id.data) if self.payer_id.data else None,
            payer_name=self.payer_name.data or "",
            member_identifier=self.member_identifier.data or "",
            rank=int(self.rank.data or ""),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


class LastDayForm(FlaskForm):
    """Says when a plan ends or ended."""

    last_on = DayField(
        lazy_gettext("Last day"), [InputRequired(lazy_gettext("Enter the last day"))]
    )

    @property
    def last_day(self) -> date:
        """Of a valid form."""
        day = self.last_on.data
        if day is None:
            raise ValueError("the form is not valid")
        return day


def refuse(field: Field, message: str) -> None:
    """What only the books could tell, beside its field."""
    field.errors = [*field.errors, message]


def first_errors(wrong: Sequence[LineError]) -> list[str]:
    """What is wrong with a file that was sent, for the summary above its form."""
    language = current_language()
    return [_at_line(one.line_number, one.words(language)) for one in wrong[:_MOST_LINE_ERRORS]]


def _at_line(number: int, what: str) -> str:
    return str(gettext("Line %(number)s: %(what)s", number=number, what=what)) if number else what

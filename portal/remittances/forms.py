"""What posters send about a claim: which hold ends and why, whose the claim is."""

from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, validators
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.domain.hold_kinds import HoldKind

_LONGEST_REASON = 300
_LONGEST_NUMBER = 50


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

    @property
    def hold_kind(self) -> HoldKind:
        """Of a valid form."""
        return HoldKind(self.kind.data or "")


class MatchForm(FlaskForm):
    """Says whose claim it is."""

    patient_id = HiddenField(validators=[InputRequired(), validators.UUID()])

    @property
    def patient(self) -> UUID:
        """Of a valid form."""
        return UUID(self.patient_id.data or "")


class FindForm(FlaskForm):
    """Looks for the patient in one account."""

    account_number = StringField(validators=[Length(max=_LONGEST_NUMBER)], filters=[_stripped])

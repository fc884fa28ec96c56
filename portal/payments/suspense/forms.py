"""What staff send about money that nobody could place: which, what becomes of it, and why."""

from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import UUID as IsUuid  # noqa: N811 — a check, not the type
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.payments.suspense.items import SuspenseAct
from portal.payments.suspense.naming import ACCOUNTS

_LONGEST_REASON = 300
_LONGEST_NUMBER = 50


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class SuspenseForm(FlaskForm):
    """A decision; ``decision_id`` makes the form sent twice one."""

    acts: tuple[str, ...] = ("attach", "send_back")
    decision_id = HiddenField(validators=[InputRequired(), IsUuid()])
    act = StringField(
        lazy_gettext("What becomes of it?"),
        [AnyOf(acts, lazy_gettext("Choose what becomes of it"))],
    )
    reason = StringField(
        lazy_gettext("How do you know?"),
        [DataRequired(lazy_gettext("Write how you know")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )

    def stand_beside(self, about: str) -> None:
        """There is a form for each item: the summary leads into the one that was sent."""
        self.act.id, self.reason.id = f"act-{about}", f"reason-{about}"

    @property
    def decision(self) -> UUID:
        """Of a valid form."""
        return UUID(self.decision_id.data or "")


class FoundForm(SuspenseForm):
    """Of money that came; ``subject`` is its entry."""

    subject = HiddenField(validators=[InputRequired(), IsUuid()])

    @property
    def about(self) -> UUID:
        """Of a valid form."""
        return UUID(self.subject.data or "")


class GoneForm(FoundForm):
    """Of money that went: there is one thing to do. ``subject``: the refund, or the dispute."""

    acts = ("from_credit",)
    act = StringField(validators=[AnyOf(acts)])


class CarriedForm(SuspenseForm):
    """Of a line of a payout; ``subject`` is its movement."""

    acts = ("attach", *(act.value for act in ACCOUNTS))
    act = StringField(lazy_gettext("What is it?"), [AnyOf(acts, lazy_gettext("Choose what it is"))])
    subject = HiddenField(validators=[InputRequired(), Length(max=255)])
    account_number = StringField(
        lazy_gettext("Account number"), [Length(max=_LONGEST_NUMBER)], filters=[_stripped]
    )

    @property
    def said(self) -> SuspenseAct:
        """Of a valid form that does not attach it to an account."""
        return SuspenseAct(self.act.data or "")


class ParkedForm(SuspenseForm):
    """Of an event that is none of ours."""

    acts = ("attach", "not_ours")
    act = StringField(lazy_gettext("What is it?"), [AnyOf(acts, lazy_gettext("Choose what it is"))])
    event = HiddenField(validators=[InputRequired(), Length(max=255)])
    account_number = StringField(
        lazy_gettext("Account number"), [Length(max=_LONGEST_NUMBER)], filters=[_stripped]
    )

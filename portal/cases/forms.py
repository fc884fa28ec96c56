"""What each kind of help asks: no more than somebody needs to find the answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length, Optional

from portal.domain.cases import HOLDS_VISITS, CaseKind
from portal.web.fields import DayField, IdsField, MoneyField

_LONGEST: Final = 2_000
_LONGEST_NAME: Final = 80
_MOST_CENTS: Final = 1_000_000_00


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


def _name(label: str, error: str = "") -> StringField:
    needed = [DataRequired(error)] if error else [Optional()]
    short = Length(max=_LONGEST_NAME, message=lazy_gettext("Write less: 80 letters at most"))
    return StringField(label, [*needed, short], filters=[_stripped])


def _words(label: str, error: str = "") -> TextAreaField:
    needed = [DataRequired(error)] if error else [Optional()]
    short = Length(max=_LONGEST, message=lazy_gettext("Write less: 2,000 letters at most"))
    return TextAreaField(label, [*needed, short], filters=[_stripped])


class AmountField(MoneyField):
    """May stay empty: people do not always know."""

    def pre_validate(self, form: Any) -> None:
        if self.typed:
            super().pre_validate(form)


class ChoiceField(StringField):
    """One of several ways; ``choices`` are their keys and words, in order."""

    def __init__(
        self, label: Any = None, *, choices: Mapping[str, Any], error: Any, **kwargs: Any
    ) -> None:
        super().__init__(label, [AnyOf(choices.keys(), message=error)], **kwargs)
        self.choices = tuple(choices.items())


class AskForm(FlaskForm):
    """What every kind has. ``visits`` and ``lines`` are ids; which may be chosen, the books say."""

    visits = IdsField(lazy_gettext("Which visits is this about?"))
    lines = IdsField(lazy_gettext("Which lines?"))

    def require_visits(self, kind: CaseKind) -> bool:
        """False, with an error, where a kind needs a visit and none is named."""
        if kind in HOLDS_VISITS and not self.visits.ids and not self.lines.ids:
            self.visits.errors = [lazy_gettext("Choose the visits this is about")]
            return False
        return True

    def answers(self) -> dict[str, Any]:
        """What was typed, as it is kept: days as 2026-03-04, amounts in cents."""
        return {
            field.name: field.data.isoformat() if isinstance(field.data, date) else field.data
            for field in self
            if field.name not in {"visits", "lines", "csrf_token"} and field.data not in (None, "")
        }

    @classmethod
    def from_answers(cls, answers: Mapping[str, Any], **ids: Any) -> "AskForm":
        """The form as it was filled in, to be changed."""
        return cls(formdata=None, data=dict(answers) | ids)


class AlreadyPaidForm(AskForm):
    """When, how and how much."""

    how = ChoiceField(
        lazy_gettext("How did you pay?"),
        choices={
            "online": lazy_gettext("Online, by card or from my bank"),
            "phone": lazy_gettext("By phone"),
            "desk": lazy_gettext("At the front desk"),
            "check": lazy_gettext("By check in the mail"),
            "bank": lazy_gettext("By a bill payment from my bank"),
            "other": lazy_gettext("Another way"),
        },
        error=lazy_gettext("Choose how you paid"),
    )
    paid_on = DayField(lazy_gettext("About when?"), [Optional()])
    amount = AmountField(lazy_gettext("How much?"))
    words = _words(lazy_gettext("Anything that helps us find it"))


class WrongInsuranceForm(AskForm):
    """What is on the card."""

    payer_name = _name(
        lazy_gettext("Name of the insurance"), lazy_gettext("Enter the name of the insurance")
    )
    member_identifier = _name(
        lazy_gettext("Member ID"), lazy_gettext("Enter the member ID from the card")
    )
    group_number = _name(lazy_gettext("Group number, if there is one"))
    holder_name = _name(lazy_gettext("Whose insurance is it, if not the patient’s?"))
    starts_on = DayField(lazy_gettext("Since when, if you know?"), [Optional()])
    words = _words(lazy_gettext("Anything else we should know"))


class NotMineForm(AskForm):
    """What is strange about it."""

    why = ChoiceField(
        lazy_gettext("What is wrong with this visit?"),
        choices={
            "never_there": lazy_gettext("Nobody of us was there"),
            "other_person": lazy_gettext("It is another person’s visit"),
            "not_done": lazy_gettext("We were there, but this was not done"),
            "misused": lazy_gettext("Somebody may have used my name or my card"),
            "unsure": lazy_gettext("I do not know what it is"),
        },
        error=lazy_gettext("Choose what is wrong"),
    )
    words = _words(lazy_gettext("Tell us more, if you like"))


class WrongAmountForm(AskForm):
    """Which line, and what was expected."""

    expected = AmountField(lazy_gettext("What did you expect to pay? You can leave it empty"))
    words = _words(
        lazy_gettext("What looks wrong, and why?"), lazy_gettext("Tell us what looks wrong")
    )


class QuestionForm(AskForm):
    """In their own words."""

    words = _words(lazy_gettext("What do you want to know?"), lazy_gettext("Write your question"))


FORMS: Final[Mapping[CaseKind, type[AskForm]]] = {
    CaseKind.ALREADY_PAID: AlreadyPaidForm,
    CaseKind.WRONG_INSURANCE: WrongInsuranceForm,
    CaseKind.NOT_MINE: NotMineForm,
    CaseKind.WRONG_AMOUNT: WrongAmountForm,
    CaseKind.QUESTION: QuestionForm,
}
"""What has questions of its own. Help with paying begins with a screening."""


def with_bounds(form: AskForm) -> AskForm:
    """With the bounds of its amounts."""
    for name in ("amount", "expected"):
        if name in form:
            form[name].allow(minimum_cents=1, maximum_cents=_MOST_CENTS)
    return form


class ReplyForm(FlaskForm):
    """A word in the thread."""

    words = _words(lazy_gettext("Your reply"), lazy_gettext("Write your reply"))


class FileForm(FlaskForm):
    """One picture or PDF."""

    file = FileField(
        lazy_gettext("Picture or PDF"), [FileRequired(lazy_gettext("Choose a picture or a PDF"))]
    )

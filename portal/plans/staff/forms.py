"""What staff write down: a yes that was spoken or signed, new terms, a pause, a reason."""

from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.standing import PlanHold
from portal.plans.offering.terms import PAPER, SPOKEN
from portal.plans.staff.acts import PAUSES
from portal.plans.staff.consenting import SaidYes, SignedPaper, WrittenYes
from portal.web.fields import DayField, MoneyField

_LONGEST: Final = 500
_LONGEST_COUNT: Final = 3
_TOO_LONG = lazy_gettext("Write less: 500 letters at most")


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class WordsField(StringField):
    """A few words that have to be there."""

    def __init__(self, label: Any = None, missing: Any = None, **kwargs: Any) -> None:
        checks = [DataRequired(missing), Length(max=_LONGEST, message=_TOO_LONG)]
        super().__init__(label, checks, filters=[_stripped], **kwargs)


class TicksField(Field):
    """Numbered boxes; ``data`` is the set of those that are ticked."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = [str(value) for value in valuelist]
        self.data = frozenset(
            int(one)
            for one in typed
            if one.isascii() and one.isdigit() and len(one) <= _LONGEST_COUNT
        )


class CountField(Field):
    """A number of payments; ``data`` is None for what is none."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(
            label, [InputRequired(lazy_gettext("Enter a number of payments, like 5"))], **kwargs
        )
        self.typed = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.typed = str(valuelist[0]).strip() if valuelist else ""
        is_count = self.typed.isascii() and self.typed.isdigit()
        if not is_count or len(self.typed) > _LONGEST_COUNT:
            raise ValueError(lazy_gettext("Enter a number of payments, like 5"))
        self.data = int(self.typed)

    def _value(self) -> str:
        return self.typed


class ConsentForm(FlaskForm):
    """A yes that was spoken or signed. ``seen``: the seal of the words; ``wish`` fields ride along.

    Which fields have to be filled follows from ``kind``.
    """

    kind = HiddenField(validators=[AnyOf([SPOKEN, PAPER])])
    seen = HiddenField()
    schedule = HiddenField()
    read = TicksField(lazy_gettext("What you read out"))
    who = StringField(
        lazy_gettext("Who said yes, or signed?"),
        [
            DataRequired(lazy_gettext("Write the name of who said yes")),
            Length(max=_LONGEST, message=_TOO_LONG),
        ],
        filters=[_stripped],
    )
    known_by = StringField(lazy_gettext("How did you know it was them?"), filters=[_stripped])
    signed_on = DayField(lazy_gettext("Signed on"))
    filed = StringField(lazy_gettext("Where is the paper filed?"), filters=[_stripped])

    def given(self, *, sentences: int) -> WrittenYes | None:
        """What a form says that is filled in; None when something is missing, which it then says.

        ``sentences``: how many there are to read.
        """
        self.validate()
        return self._said(sentences) if self.kind.data == SPOKEN else self._signed()

    def _said(self, sentences: int) -> SaidYes | None:
        read = frozenset(self.read.data or ())
        if read != frozenset(range(sentences)):
            self.read.errors = [lazy_gettext("Read every sentence, and tick each one")]
        self._require(self.known_by, lazy_gettext("Write how you knew, like date of birth"))
        if self.who.errors or self.read.errors or self.known_by.errors or self.kind.errors:
            return None
        return SaidYes(
            seal=str(self.seen.data),
            read=read,
            who=str(self.who.data),
            known_by=str(self.known_by.data),
        )

    def _signed(self) -> SignedPaper | None:
        self._require(self.filed, lazy_gettext("Write where the paper is filed"))
        if self.signed_on.data is None:
            self.signed_on.errors = [lazy_gettext("Enter the day on the paper")]
        if self.who.errors or self.filed.errors or self.kind.errors or not self.signed_on.data:
            return None
        return SignedPaper(
            seal=str(self.seen.data),
            who=str(self.who.data),
            signed_on=self.signed_on.data,
            filed=str(self.filed.data),
        )

    def _require(self, field: StringField, missing: Any) -> None:
        typed = str(field.data or "")
        if not typed:
            field.errors = [missing]
        elif len(typed) > _LONGEST:
            field.errors = [_TOO_LONG]


class WhyForm(FlaskForm):
    """Why; ``left``: the cents that the page said are left; ``step`` how far somebody is."""

    why = WordsField(lazy_gettext("Why?"), lazy_gettext("Write why"))
    step = HiddenField()
    schedule = HiddenField()
    left = HiddenField()

    def left_seen_cents(self) -> int:
        """-1 for what is no amount: it is then another than there is."""
        typed = str(self.left.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() else -1


class PauseForm(WhyForm):
    """Why nothing falls due, and until when."""

    hold = StringField(
        lazy_gettext("What for?"),
        [AnyOf([one.value for one in PAUSES], lazy_gettext("Choose what it is for"))],
    )
    until = DayField(
        lazy_gettext("Until and including"), [InputRequired(lazy_gettext("Choose a day"))]
    )

    def chosen(self) -> PlanHold:
        """What a valid form says."""
        return PlanHold(str(self.hold.data))


class TermsForm(WhyForm):
    """Other parts for what is left."""

    count = CountField(lazy_gettext("How many payments?"))
    frequency = StringField(
        lazy_gettext("How often?"),
        [AnyOf([one.value for one in Frequency], lazy_gettext("Choose how often"))],
    )
    first_on = DayField(
        lazy_gettext("First payment on"), [InputRequired(lazy_gettext("Choose a day"))]
    )


class SettleForm(WhyForm):
    """What is let off, and what it rests on."""

    amount = MoneyField(lazy_gettext("How much is taken off?"))
    has_need = BooleanField(lazy_gettext("They showed us papers of need, and we keep a copy"))
    has_failed = BooleanField(
        lazy_gettext("We tried to collect it, more than once, and wrote it down")
    )


class DecisionForm(FlaskForm):
    """A manager's yes or no."""

    decision = StringField(
        validators=[AnyOf(["approved", "refused"], lazy_gettext("Approve it, or refuse it"))]
    )
    why = WordsField(lazy_gettext("Why?"), lazy_gettext("Write why"))
    schedule = HiddenField()

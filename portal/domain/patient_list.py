"""The practice's list of patients and who owes for them, held against the people on record.

Nobody is guessed: two who fit are as good as none, and one wrong line stops the whole list. A visit
keeps the guarantor it has; another account for a patient counts for later visits only.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Final, TypeAlias
from uuid import UUID

from portal.domain.names import plain, same_first_name

COLUMNS: Final = (
    "account_number",
    "guarantor_first_name",
    "guarantor_last_name",
    "guarantor_born_on",
    "email",
    "email_agreed",
    "phone",
    "address_line",
    "city",
    "state",
    "postal_code",
    "language",
    "patient_first_name",
    "patient_last_name",
    "patient_born_on",
    "member_identifier",
)
REQUIRED: Final = (
    "account_number",
    "guarantor_first_name",
    "guarantor_last_name",
    "patient_first_name",
    "patient_last_name",
)
CONTACT: Final = ("email", "phone", "address_line", "city", "state", "postal_code", "language")
"""What a list may change of somebody who is on record; an empty cell changes nothing."""

MADE_HERE: Final = "E-"
"""Begins an account number that we gave to somebody whom only a payer's file had named."""

_DATES: Final = ("guarantor_born_on", "patient_born_on")
_GUARANTOR_COLUMNS: Final = COLUMNS[: COLUMNS.index("patient_first_name")]
_LANGUAGES: Final = ("en", "es")
_LONGEST: Final = 120
_OF_AGE: Final = 18

Facts: TypeAlias = dict[str, str | date | None]


@dataclass(slots=True)
class Guarantor:
    """Somebody who owes; ``contact`` has the columns of CONTACT."""

    guarantor_id: UUID
    account_number: str
    first_name: str
    last_name: str
    born_on: date | None
    contact: dict[str, str]
    has_agreed: bool = False  # to statements by e-mail
    is_new: bool = False
    is_changed: bool = False
    is_audited: bool = False  # e-mail, birth date or account number changed


@dataclass(slots=True)
class Patient:
    """Somebody who was, or will be, treated."""

    patient_id: UUID
    guarantor_id: UUID
    first_name: str
    last_name: str
    born_on: date | None
    member_identifier: str
    is_new: bool = False
    is_changed: bool = False
    is_audited: bool = False  # birth date or account changed


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that stops the list, in words."""

    line_number: int
    reason: str


@dataclass(slots=True)
class ListPlan:
    """What a list would do; with ``refused`` it does nothing."""

    guarantors: list[Guarantor] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class LineRefusedError(ValueError):
    """The message says what is wrong with a line."""


def plan_list(
    lines: Iterable[tuple[int, Mapping[str, str]]],
    *,
    guarantors: Sequence[Guarantor],
    patients: Sequence[Patient],
    new_id: Callable[[], UUID],
    today: date,
) -> ListPlan:
    """Each line's patient and guarantor found, changed or made; the people given are changed."""
    planner = _Planner(guarantors, patients, new_id, today)
    plan = ListPlan()
    for line_number, told in lines:
        try:
            planner.take(line_number, told)
        except LineRefusedError as error:
            plan.refused.append(Refusal(line_number, str(error)))
    plan.guarantors = list(planner.listed_guarantors.values())
    plan.patients = list(planner.listed_patients.values())
    return plan


class _Planner:
    """The people on record while a list goes over them, line by line."""

    def __init__(
        self,
        guarantors: Sequence[Guarantor],
        patients: Sequence[Patient],
        new_id: Callable[[], UUID],
        today: date,
    ) -> None:
        self.listed_guarantors: dict[UUID, Guarantor] = {}
        self.listed_patients: dict[UUID, Patient] = {}
        self._new_id = new_id
        self._today = today
        self._by_id = {one.guarantor_id: one for one in guarantors}
        self._by_account = {one.account_number: one for one in guarantors}
        self._by_last_name: dict[str, list[Patient]] = {}
        for patient in patients:
            self._by_last_name.setdefault(plain(patient.last_name), []).append(patient)
        self._recorded = {one.patient_id: replace(one) for one in patients}  # before the list
        self._lines: dict[UUID, tuple[int, Facts]] = {}  # who was told of where, and what

    def take(self, line_number: int, told: Mapping[str, str]) -> None:
        """Raises LineRefusedError; then nothing of the line counts."""
        facts = _understood(told)
        _require_of_age(facts, self._today)
        patient = self._patient(facts)
        guarantor = self._guarantor(facts, patient)
        if patient is not None and patient.patient_id in self.listed_patients:
            first, _ = self._lines[patient.patient_id]
            raise LineRefusedError(f"It is the same patient as in line {first}.")
        _require_sure_move(self._owing(patient), guarantor, patient, facts)
        self._require_same(guarantor, facts)
        if guarantor is None:
            guarantor = self._new_guarantor(facts)
        self._lines.setdefault(guarantor.guarantor_id, (line_number, facts))
        self.listed_guarantors[guarantor.guarantor_id] = guarantor
        _update_guarantor(guarantor, facts)
        if patient is None:
            patient = self._new_patient(guarantor, facts)
        self._lines[patient.patient_id] = (line_number, facts)
        self.listed_patients[patient.patient_id] = patient
        _update_patient(patient, guarantor, facts)

    def _patient(self, facts: Facts) -> Patient | None:
        """The one on record who fits. Raises LineRefusedError when it is not sure who."""
        first, last = _text(facts, "patient_first_name"), _text(facts, "patient_last_name")
        named = [
            one
            for one in self._by_last_name.get(plain(last), [])
            if same_first_name(one.first_name, first)
        ]
        account = self._by_account.get(_text(facts, "account_number"))
        likeness = {
            one.patient_id: _likeness(
                # A line before may have given a father's record his son's birth date.
                self._recorded.get(one.patient_id, one),
                facts,
                is_of_account=account is not None and one.guarantor_id == account.guarantor_id,
            )
            for one in named
        }
        fitting = [one for one in named if likeness[one.patient_id] is _Likeness.SAME]
        if len(fitting) > 1:
            raise LineRefusedError("More than one patient here fits: say more, or join them first.")
        if fitting:
            return fitting[0]
        if _Likeness.UNSURE in likeness.values():
            raise LineRefusedError(
                "A patient of that name is here, and nothing says whether it is the same: give the "
                "date of birth and the member_identifier."
            )
        return None

    def _guarantor(self, facts: Facts, patient: Patient | None) -> Guarantor | None:
        """By account number, or the one whom a payer's file had made of the same person."""
        account_number = _text(facts, "account_number")
        found = self._by_account.get(account_number)
        if found is not None:
            if not _is_person(found, facts):
                raise LineRefusedError(
                    f"Account {account_number} is somebody else's here: name or date of birth "
                    "differ."
                )
            return found
        theirs = self._owing(patient)
        if theirs is None or not _is_person(theirs, facts):
            return None
        if not theirs.account_number.startswith(MADE_HERE):
            raise LineRefusedError(
                f"This person owes under account {theirs.account_number} here already."
            )
        self._by_account[account_number] = theirs
        theirs.account_number = account_number
        theirs.is_changed = theirs.is_audited = True
        return theirs

    def _owing(self, patient: Patient | None) -> Guarantor | None:
        """Whose account a patient is on."""
        return self._by_id[patient.guarantor_id] if patient is not None else None

    def _require_same(self, guarantor: Guarantor | None, facts: Facts) -> None:
        """Lines of one account say the same of who owes."""
        if guarantor is None or guarantor.guarantor_id not in self._lines:
            return
        first, before = self._lines[guarantor.guarantor_id]
        differing = [name for name in _GUARANTOR_COLUMNS if before.get(name) != facts.get(name)]
        if differing:
            raise LineRefusedError(
                f"Line {first} has the same account with another {differing[0]}."
            )

    def _new_guarantor(self, facts: Facts) -> Guarantor:
        made = Guarantor(
            guarantor_id=self._new_id(),
            account_number=_text(facts, "account_number"),
            first_name=_text(facts, "guarantor_first_name"),
            last_name=_text(facts, "guarantor_last_name"),
            born_on=_day(facts, "guarantor_born_on"),
            contact={},
            is_new=True,
        )
        self._by_account[made.account_number] = made
        self._by_id[made.guarantor_id] = made
        return made

    def _new_patient(self, guarantor: Guarantor, facts: Facts) -> Patient:
        made = Patient(
            patient_id=self._new_id(),
            guarantor_id=guarantor.guarantor_id,
            first_name=_text(facts, "patient_first_name"),
            last_name=_text(facts, "patient_last_name"),
            born_on=_day(facts, "patient_born_on"),
            member_identifier=_text(facts, "member_identifier"),
            is_new=True,
        )
        self._by_last_name.setdefault(plain(made.last_name), []).append(made)
        return made


def _understood(told: Mapping[str, str]) -> Facts:
    """Raises LineRefusedError."""
    for name, text in told.items():
        if len(text) > _LONGEST or (text and not text.isprintable()):
            raise LineRefusedError(f"Its {name} is too long or not one line of text.")
    for name in REQUIRED:
        if not told.get(name):
            raise LineRefusedError(f"Its {name} is empty.")
    facts: Facts = dict(told)
    for name in _DATES:
        facts[name] = _day_of(name, told.get(name, ""))
    if told.get("email_agreed", "") not in {"", "yes", "no"}:
        raise LineRefusedError("Its email_agreed is neither yes nor no.")
    if told.get("email_agreed") == "yes" and "@" not in told.get("email", ""):
        raise LineRefusedError("It agrees to e-mail and has no address.")
    if told.get("language", "") not in {"", *_LANGUAGES}:
        raise LineRefusedError(f"Its language is none of {', '.join(_LANGUAGES)}.")
    return facts


def _require_of_age(facts: Facts, today: date) -> None:
    """We bill who signed. Raises LineRefusedError."""
    born_on = _day(facts, "guarantor_born_on")
    if born_on is not None and _age(born_on, today) < _OF_AGE:
        raise LineRefusedError("A minor owes nothing: name who signed for them.")


def _day_of(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LineRefusedError(f"Its {name} is not a day such as 1985-04-27.") from None


class _Likeness(IntEnum):
    """How sure it is that two of like names are one person."""

    ANOTHER = 0
    UNSURE = 1
    SAME = 2


def _likeness(one: Patient, facts: Facts, *, is_of_account: bool) -> _Likeness:
    """By birth date and member number, where both sides know them; a plan may change its number.

    Within an account, too: an 835 brings no birth date, and a father and a son have one name.
    """
    is_born_alike, is_member_alike = _alike(one, facts)
    if is_born_alike is False:
        return _Likeness.ANOTHER
    if is_of_account:
        is_same = is_born_alike or is_member_alike or _is_known_by_name_alone(one, facts)
        return _Likeness.SAME if is_same else _Likeness.UNSURE
    if is_member_alike is False:
        return _Likeness.UNSURE if is_born_alike else _Likeness.ANOTHER
    return _Likeness.SAME if is_born_alike or is_member_alike else _Likeness.UNSURE


def _alike(one: Patient, facts: Facts) -> tuple[bool | None, bool | None]:
    """Birth date and member number of record and line; None where one side does not know it."""
    born_on, member = _day(facts, "patient_born_on"), _text(facts, "member_identifier")
    return (
        one.born_on == born_on if one.born_on and born_on else None,
        one.member_identifier == member if one.member_identifier and member else None,
    )


def _is_known_by_name_alone(one: Patient, facts: Facts) -> bool:
    """The same list again, which has neither: nothing of one person is put to another."""
    told = (_day(facts, "patient_born_on"), _text(facts, "member_identifier"))
    return not any((one.born_on, one.member_identifier, *told))


def _require_sure_move(
    owing: Guarantor | None, guarantor: Guarantor | None, patient: Patient | None, facts: Facts
) -> None:
    """Off an account only when birth date and member number both say that it is the same person.

    Off one that we made, for which nobody has signed, the member number of the payer's file is
    enough: it has no birth date. Raises LineRefusedError.
    """
    if patient is None or owing is None or guarantor is owing:
        return
    is_born_alike, is_member_alike = _alike(patient, facts)
    is_made_here = owing.account_number.startswith(MADE_HERE)
    if not is_member_alike or not (is_born_alike or is_made_here):
        raise LineRefusedError(
            f"A patient of that name is on account {owing.account_number} here: they change to "
            f"account {_text(facts, 'account_number')} only when date of birth and "
            "member_identifier are both the same here and in the list."
        )


def _is_person(one: Guarantor, facts: Facts) -> bool:
    """Names alike, or the birth date says that only the name has changed."""
    born_on = _day(facts, "guarantor_born_on")
    if one.born_on and born_on:
        if one.born_on != born_on:
            return False
        if same_first_name(one.first_name, _text(facts, "guarantor_first_name")):
            return True
    return plain(one.last_name) == plain(_text(facts, "guarantor_last_name")) and same_first_name(
        one.first_name, _text(facts, "guarantor_first_name")
    )


def _update_guarantor(one: Guarantor, facts: Facts) -> None:
    before = (one.first_name, one.last_name, one.born_on, dict(one.contact), one.has_agreed)
    known_by = (one.contact.get("email"), one.born_on)
    one.first_name = _text(facts, "guarantor_first_name")
    one.last_name = _text(facts, "guarantor_last_name")
    one.born_on = _day(facts, "guarantor_born_on") or one.born_on
    has_new_address = bool(_text(facts, "email")) and one.contact.get("email") != facts["email"]
    for name in CONTACT:
        if _text(facts, name):
            one.contact[name] = _text(facts, name)
    if facts.get("email_agreed"):
        one.has_agreed = facts["email_agreed"] == "yes"
    elif has_new_address:
        one.has_agreed = False  # it was given for another address
    after = (one.first_name, one.last_name, one.born_on, one.contact, one.has_agreed)
    one.is_changed |= before != after
    one.is_audited |= known_by != (one.contact.get("email"), one.born_on)


def _update_patient(one: Patient, guarantor: Guarantor, facts: Facts) -> None:
    before = (one.guarantor_id, one.first_name, one.last_name, one.born_on, one.member_identifier)
    known_by = (one.guarantor_id, one.born_on)
    one.guarantor_id = guarantor.guarantor_id
    one.first_name = _text(facts, "patient_first_name")
    one.last_name = _text(facts, "patient_last_name")
    one.born_on = _day(facts, "patient_born_on") or one.born_on
    one.member_identifier = _text(facts, "member_identifier") or one.member_identifier
    after = (one.guarantor_id, one.first_name, one.last_name, one.born_on, one.member_identifier)
    one.is_changed |= before != after
    one.is_audited |= known_by != (one.guarantor_id, one.born_on)


def _text(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _day(facts: Facts, name: str) -> date | None:
    value = facts.get(name)
    return value if isinstance(value, date) else None


def _age(born_on: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (not had_birthday)

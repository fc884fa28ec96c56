"""Whether a payer's CLP is about a claim on record: same person, same day, same lines.

CLP01 alone does not say so: it may name a family's account, or be used again every week. What may
tie a CLP to another day or another spelling is what the payer itself repeats: CLP07, or REF*F8.
Each plan has its own member number, and often its own spelling: where CLP01 names one claim, what
the next plan says about the same day, charge and lines is about that claim.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from portal.domain.claim_position import ClaimPosition
from portal.domain.earlier_decisions import RANK_OF_STATUS
from portal.domain.line_matching import billed_code, match_lines
from portal.domain.names import first_word, last_names, plain, same_first_name
from portal.domain.remittance import REVERSAL_STATUS, ClaimPayment, Person


@dataclass(frozen=True, slots=True)
class ClaimOnRecord:
    """A claim as it was told before. Names as the files and the practice write them."""

    position: ClaimPosition
    service_on: date | None
    charge_cents: int
    name_on_file: str = ""  # first name first
    last_name: str = ""  # the practice's own
    member_identifier: str = ""
    # Whether our records name its patient for the CLP's member number and name; None: nobody.
    is_our_patient: bool | None = None


class SamePerson(IntEnum):
    """How the person of a CLP stands to the one on record."""

    NO = 0
    UNLESS_MISTYPED = 1  # a name or the member number contradicts, not both
    YES = 2


@dataclass(frozen=True, order=True, slots=True)
class Likeness:
    """How a CLP stands to a claim on record. Of two that fit the greater is the better."""

    person: SamePerson
    named_by_payer: bool  # CLP07 or REF*F8 is of a decision on it
    same_day: bool
    day_unknown: bool
    same_lines: bool  # at least one
    same_charge: bool

    @property
    def alike(self) -> bool:
        """What was billed looks the same."""
        return self.same_lines or self.same_charge

    @property
    def other_day(self) -> bool:
        """Both days are known and differ."""
        return not self.same_day and not self.day_unknown


def compare(known: ClaimOnRecord, claim: ClaimPayment, *, payer_key: str) -> Likeness:
    """What of the CLP, sent by this payer, agrees with the claim on record."""
    position = known.position
    known_days = days_of(known)
    days = {claim.service_from, *(line.service_from for line in claim.lines)} - {None}
    some_of_them = days <= known_days or known_days <= days  # a part may tell some lines only
    controls = {one.control_number for one in position.charges} - {""}
    amounts = {(one.code, one.charge_cents) for one in position.charges}
    return Likeness(
        person=_same_person(known, claim, payer_key),
        named_by_payer=_is_named_by_payer(position, claim),
        same_day=bool(known_days and days)
        and (known.service_on == claim.service_from or some_of_them),
        day_unknown=not known_days or not days,
        same_lines=any(
            line.control_number in controls
            or (billed_code(line), abs(line.charge_cents)) in amounts
            for line in claim.lines
        ),
        same_charge=known.charge_cents == abs(claim.charge_cents),
    )


def is_same_claim(
    known: ClaimOnRecord,
    claim: ClaimPayment,
    likeness: Likeness,
    *,
    payer_key: str,
    number_is_account: bool,
) -> bool:
    """Whether the CLP may be about it, as far as this claim alone can tell.

    Of another day a reversal may be, and what nobody decided; whether it is depends on the others.
    """
    if likeness.person is SamePerson.NO:
        return False
    if likeness.person is SamePerson.UNLESS_MISTYPED:
        return not number_is_account and _is_mistyped(known, claim, likeness, payer_key)
    if likeness.named_by_payer or likeness.same_day:
        return True
    if likeness.day_unknown:
        return likeness.alike or not number_is_account
    if claim.status == REVERSAL_STATUS:
        return likeness.alike
    # Billed by the practice, decided by nobody: its number is enough when what was billed agrees.
    is_undecided = not number_is_account and not known.position.adjudications
    return is_undecided and likeness.same_lines and likeness.same_charge


def days_of(known: ClaimOnRecord) -> set[date]:
    """The days of service on record; empty: unknown."""
    days = {known.service_on, *(one.service_on for one in known.position.charges)}
    return {day for day in days if day is not None}


def _is_named_by_payer(position: ClaimPosition, claim: ClaimPayment) -> bool:
    names = {claim.payer_control_number, claim.reference("F8")} - {""}
    return any(one.payer_control_number in names for one in position.adjudications)


def _is_mistyped(
    known: ClaimOnRecord, claim: ClaimPayment, likeness: Likeness, payer_key: str
) -> bool:
    """All else agrees, and either the claim is told again or it is another plan's turn."""
    if likeness.other_day or not _all_lines_agree(known, claim):
        return False
    return _is_told_again(known, claim, likeness) or (
        likeness.same_day
        and known.is_our_patient is not False
        and _is_another_turn(known.position, claim, payer_key)
    )


def _is_told_again(known: ClaimOnRecord, claim: ClaimPayment, likeness: Likeness) -> bool:
    """The payer itself says so, or nobody has said anything on the claim yet.

    Under the same name also what corrects a decision taken back: the member number was the mistake.
    """
    if likeness.named_by_payer or not known.position.adjudications:
        return True
    return not _other_name(known, claim) and bool(known.position.awaiting_correction)


def _is_another_turn(position: ClaimPosition, claim: ClaimPayment, payer_key: str) -> bool:
    """This place in line (or, where CLP02 names none, this payer) has not decided the claim yet."""
    if claim.status == REVERSAL_STATUS:
        return False
    decided = (*position.live, *position.awaiting_correction)
    rank = RANK_OF_STATUS.get(claim.status)
    if rank is None:
        return bool(decided) and all(one.payer_key != payer_key for one in decided)
    return bool(decided) and all(one.rank != rank for one in decided)


def _all_lines_agree(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    if known.charge_cents != abs(claim.charge_cents):
        return False
    charges = known.position.charges
    return not charges or not claim.lines or None not in match_lines(claim.lines, charges)


def _same_person(known: ClaimOnRecord, claim: ClaimPayment, payer_key: str) -> SamePerson:
    if known.is_our_patient:
        return SamePerson.YES
    other_name = _other_name(known, claim)
    other_member = _members_compare(known, claim, payer_key) and _other_member(known, claim)
    if other_name and other_member:
        return SamePerson.NO
    return SamePerson.UNLESS_MISTYPED if other_name or other_member else SamePerson.YES


def _other_name(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    """Another first name; or another last name, if the member number does not vouch for it."""
    if _other_first_name(known, claim):
        return True
    ours = last_names(known.last_name) | last_names(known.name_on_file.partition(" ")[2])
    ours = ours or last_names(known.name_on_file)
    theirs = {word for one in _people(claim) for word in last_names(one.last_name)}
    differ = bool(ours) and bool(theirs) and ours.isdisjoint(theirs)
    return differ and plain(known.member_identifier) not in _members(claim)


def _other_first_name(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    people = _people(claim)
    of_family = {plain(one.last_name) for one in people} | {plain(known.last_name)}
    if " " not in known.name_on_file or plain(known.name_on_file) in of_family:
        return False  # only a last name is on record
    ours = _first_names(known.name_on_file, of_family - {""})
    theirs = {one.first_name for one in people if plain(one.first_name)}
    return bool(theirs) and not any(_could_be_same(one, name) for one in ours for name in theirs)


def _first_names(name: str, of_family: set[str]) -> list[str]:
    """What stands before the last name; where that begins is unknown unless it is one of these."""
    words = name.split()
    cuts = range(1, len(words))
    certain = [cut for cut in cuts if plain("".join(words[cut:])) in of_family]
    return [" ".join(words[:cut]) for cut in certain or cuts]


def _could_be_same(one: str, other: str) -> bool:
    """Written alike, or one of them an initial only."""
    initial, name = sorted((first_word(one), first_word(other)), key=len)
    return same_first_name(one, other) or (len(initial) == 1 and name.startswith(initial))


def _other_member(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    ours, theirs = plain(known.member_identifier), _members(claim)
    return bool(ours) and bool(theirs) and ours not in theirs


def _members_compare(known: ClaimOnRecord, claim: ClaimPayment, payer_key: str) -> bool:
    """Both numbers are of one plan: each payer has its own, and may insure a person twice."""
    if not known.name_on_file or not known.position.adjudications:
        return False
    first = known.position.adjudications[0]
    return (first.payer_key, first.rank) == (payer_key, RANK_OF_STATUS.get(claim.status))


def _people(claim: ClaimPayment) -> tuple[Person, ...]:
    """The patient as sent, and as the payer corrects it."""
    return (claim.patient,) if claim.corrected is None else (claim.patient, claim.corrected)


def _members(claim: ClaimPayment) -> set[str]:
    return {plain(one.identifier) for one in _people(claim)} - {""}

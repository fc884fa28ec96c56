"""Whether a payer's CLP is about a claim on record: same person, same day, same lines.

CLP01 alone does not say so: it may name a family's account, or be used again every week. What may
tie a CLP to another day or another spelling is what the payer itself repeats: CLP07, or REF*F8.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from portal.domain.claim_position import ClaimPosition
from portal.domain.earlier_decisions import RANK_OF_STATUS
from portal.domain.line_matching import billed_code, match_lines
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


def compare(known: ClaimOnRecord, claim: ClaimPayment) -> Likeness:
    """What of the CLP agrees with the claim on record."""
    position = known.position
    known_days = {known.service_on, *(one.service_on for one in position.charges)} - {None}
    days = {claim.service_from, *(line.service_from for line in claim.lines)} - {None}
    some_of_them = days <= known_days or known_days <= days  # a part may tell some lines only
    controls = {one.control_number for one in position.charges} - {""}
    amounts = {(one.code, one.charge_cents) for one in position.charges}
    return Likeness(
        person=_same_person(known, claim),
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
    known: ClaimOnRecord, claim: ClaimPayment, likeness: Likeness, *, number_is_account: bool
) -> bool:
    """Whether the CLP may be about it, as far as this claim alone can tell.

    Of another day a reversal may be, and what nobody decided; whether it is depends on the others.
    """
    if likeness.person is SamePerson.NO:
        return False
    if likeness.person is SamePerson.UNLESS_MISTYPED:
        agrees = not likeness.other_day and _all_lines_agree(known, claim)
        return agrees and not number_is_account and _is_told_again(known, claim, likeness)
    if likeness.named_by_payer or likeness.same_day:
        return True
    if likeness.day_unknown:
        return likeness.alike or not number_is_account
    if claim.status == REVERSAL_STATUS:
        return likeness.alike
    # Billed by the practice, decided by nobody: its number is enough when what was billed agrees.
    is_undecided = not number_is_account and not known.position.adjudications
    return is_undecided and likeness.same_lines and likeness.same_charge


def plain(name: str) -> str:
    """A name without case, blanks, hyphens and apostrophes, for comparing."""
    return "".join(filter(str.isalnum, name.casefold()))


def first_word(name: str) -> str:
    """A first name for comparing: payers add middle names and initials."""
    words = name.split()
    return plain(words[0]) if words else ""


def _is_named_by_payer(position: ClaimPosition, claim: ClaimPayment) -> bool:
    names = {claim.payer_control_number, claim.reference("F8")} - {""}
    return any(one.payer_control_number in names for one in position.adjudications)


def _is_told_again(known: ClaimOnRecord, claim: ClaimPayment, likeness: Likeness) -> bool:
    """The payer itself says so, or nobody has said anything on the claim yet.

    Under the same name also what corrects a decision taken back: the member number was the mistake.
    """
    if likeness.named_by_payer or not known.position.adjudications:
        return True
    return not _other_name(known, claim) and bool(known.position.awaiting_correction)


def _all_lines_agree(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    if known.charge_cents != abs(claim.charge_cents):
        return False
    charges = known.position.charges
    return not charges or not claim.lines or None not in match_lines(claim.lines, charges)


def _same_person(known: ClaimOnRecord, claim: ClaimPayment) -> SamePerson:
    other_name, other_member = _other_name(known, claim), _other_member(known, claim)
    if other_name and other_member:
        return SamePerson.NO
    if other_name or (other_member and _members_compare(known, claim)):
        return SamePerson.UNLESS_MISTYPED
    return SamePerson.YES


def _other_name(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    """Another first name; or another last name, if the member number does not vouch for it."""
    if _other_first_name(known, claim):
        return True
    ours = _words(known.last_name) | _words(known.name_on_file.partition(" ")[2])
    ours = ours or _words(known.name_on_file)
    theirs = {word for one in _people(claim) for word in _words(one.last_name)}
    differ = bool(ours) and bool(theirs) and ours.isdisjoint(theirs)
    return differ and plain(known.member_identifier) not in _members(claim)


def _other_first_name(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    people = _people(claim)
    last_names = {plain(one.last_name) for one in people} | {plain(known.last_name)}
    ours = first_word(known.name_on_file)
    if " " not in known.name_on_file or plain(known.name_on_file) in last_names:
        return False  # only a last name is on record
    theirs = {first_word(one.first_name) for one in people} - {""}
    return bool(theirs) and not any(_could_be_same(ours, name) for name in theirs)


def _could_be_same(one: str, other: str) -> bool:
    """Equal, or one of them an initial only."""
    if len(one) == 1 or len(other) == 1:
        return one[:1] == other[:1]
    return one == other


def _other_member(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    ours, theirs = plain(known.member_identifier), _members(claim)
    return bool(ours) and bool(theirs) and ours not in theirs


def _members_compare(known: ClaimOnRecord, claim: ClaimPayment) -> bool:
    """Both numbers are of the first, or of the second payer: each payer has its own."""
    if not known.name_on_file or not known.position.adjudications:
        return False
    return known.position.adjudications[0].rank == RANK_OF_STATUS.get(claim.status)


def _people(claim: ClaimPayment) -> tuple[Person, ...]:
    """The patient as sent, and as the payer corrects it."""
    return (claim.patient,) if claim.corrected is None else (claim.patient, claim.corrected)


def _members(claim: ClaimPayment) -> set[str]:
    return {plain(one.identifier) for one in _people(claim)} - {""}


def _words(name: str) -> set[str]:
    """The parts of a double name, and the whole: O'NEIL is also written O NEIL."""
    parts = name.replace("-", " ").split()
    return ({plain(part) for part in parts} | {plain(name)}) - {""}

"""Which claim on record a payer's CLP is about: its number, the day of service, and its lines.

A practice says what its CLP01 is. A number that names one claim finds it on another day too, when
the lines agree; a number that names an account finds only the claim of that day. Nobody's claim
takes a decision that names another person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.line_matching import billed_code
from portal.domain.remittance import ClaimPayment
from portal.remittances.patients import plain
from portal.remittances.positions import KnownClaim


@dataclass(frozen=True, slots=True)
class _Likeness:
    same_day: bool
    day_unknown: bool
    same_lines: bool
    same_charge: bool

    @property
    def score(self) -> tuple[bool, bool, bool]:
        return self.same_lines, self.same_day, self.same_charge


def find_claim(
    numbered: Sequence[KnownClaim], claim: ClaimPayment, *, number_is_account: bool
) -> KnownClaim | None:
    """The claim among those of the same number, oldest first; of equally good ones the newest."""
    best: KnownClaim | None = None
    best_score = (False, False, False)
    for known in numbered:
        likeness = _compare(known, claim)
        fits = _fits(likeness, number_is_account=number_is_account or not claim.number)
        if fits and not _names_another_person(known, claim) and likeness.score >= best_score:
            best, best_score = known, likeness.score
    return best


def _compare(known: KnownClaim, claim: ClaimPayment) -> _Likeness:
    both_known = known.service_on is not None and claim.service_from is not None
    charges = known.position.charges
    controls = {one.control_number for one in charges} - {""}
    amounts = {(one.code, one.charge_cents) for one in charges}
    same_lines = any(
        line.control_number in controls or (billed_code(line), abs(line.charge_cents)) in amounts
        for line in claim.lines
    )
    return _Likeness(
        same_day=both_known and known.service_on == claim.service_from,
        day_unknown=not both_known,
        same_lines=same_lines,
        same_charge=known.charge_cents == abs(claim.charge_cents),
    )


def _fits(likeness: _Likeness, *, number_is_account: bool) -> bool:
    alike = likeness.same_lines or likeness.same_charge
    if number_is_account:
        return likeness.same_day or (likeness.day_unknown and alike)
    return likeness.same_day or likeness.day_unknown or alike


def _names_another_person(known: KnownClaim, claim: ClaimPayment) -> bool:
    """Another member number and another last name: one of the two alone may be mistyped."""
    person = claim.corrected or claim.patient
    ours = {plain(known.last_name), plain(known.patient_name.rpartition(" ")[2])} - {""}
    theirs = {plain(claim.patient.last_name), plain(person.last_name)} - {""}
    same_member = not known.member_identifier or not claim.patient.identifier
    same_member = same_member or known.member_identifier == claim.patient.identifier
    same_name = not ours or not theirs or not ours.isdisjoint(theirs)
    return not same_member and not same_name

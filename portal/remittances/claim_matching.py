"""Which claim on record a payer's CLP is about: its number, the person, the day, and its lines.

A practice says what its CLP01 is. A number that names one claim forgives a mistyped person when all
else agrees; a number that names an account forgives nothing. Between equals nobody is guessed.
"""

from collections.abc import Sequence

from portal.domain.claim_identity import ClaimOnRecord, Likeness, compare, is_same_claim
from portal.domain.remittance import ClaimPayment
from portal.remittances.known_claims import KnownClaim


def find_claim(
    numbered: Sequence[KnownClaim], claim: ClaimPayment, *, number_is_account: bool
) -> KnownClaim | None:
    """The claim among those of the same number, oldest first; None: it is another claim."""
    fitting: list[tuple[Likeness, KnownClaim]] = []
    for known in numbered:
        on_record = _on_record(known)
        likeness = compare(on_record, claim)
        if is_same_claim(
            on_record, claim, likeness, number_is_account=number_is_account or not claim.number
        ):
            fitting.append((likeness, known))
    if not fitting:
        return None
    best = max(likeness for likeness, _ in fitting)
    found = [known for likeness, known in fitting if likeness == best]
    is_certain = best.named_by_payer or best.same_day
    return found[-1] if is_certain or len(found) == 1 else None


def _on_record(known: KnownClaim) -> ClaimOnRecord:
    return ClaimOnRecord(
        position=known.position,
        service_on=known.service_on,
        charge_cents=known.charge_cents,
        name_on_file=known.patient_name,
        last_name=known.last_name,
        member_identifier=known.member_identifier,
    )

"""Which claim on record a payer's CLP is about: its number, the person, the day, and its lines.

A practice says what its CLP01 is. A number that names one claim forgives a mistyped person when all
else agrees; a number that names an account forgives nothing. Between equals nobody is guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from portal.domain.claim_doubts import days_meet, doubts_among
from portal.domain.claim_identity import (
    ClaimOnRecord,
    Likeness,
    SamePerson,
    compare,
    is_same_claim,
)
from portal.domain.remittance import ClaimPayment
from portal.remittances.posting.known_claims import KnownClaim


def find_claim(
    numbered: Sequence[KnownClaim],
    claim: ClaimPayment,
    *,
    payer_key: str,
    patient_id: UUID | None,
    number_is_account: bool,
) -> KnownClaim | None:
    """The claim among those of the same number, oldest first; None: it is another claim.

    ``patient_id``: of whom our records say that the CLP is. A claim that was joined to another one
    still knows its payer's words; what fits it is about that other.
    """
    fitting: list[tuple[Likeness, KnownClaim]] = []
    for known in numbered:
        on_record = replace(
            claim_on_record(known), is_our_patient=_is_patient(known.patient_id, patient_id)
        )
        likeness = compare(on_record, claim, payer_key=payer_key)
        if is_same_claim(
            on_record,
            claim,
            likeness,
            payer_key=payer_key,
            number_is_account=number_is_account or not claim.number,
        ):
            fitting.append((likeness, _joined_to(known, numbered)))
    if not fitting:
        return None
    best = max(likeness for likeness, _ in fitting)
    found = {known.claim_id: known for likeness, known in fitting if likeness == best}
    is_certain = best.named_by_payer or (best.same_day and best.person is SamePerson.YES)
    return list(found.values())[-1] if is_certain or len(found) == 1 else None


def review_doubts(
    known: KnownClaim, numbered: Sequence[KnownClaim], *, number_is_account: bool
) -> Iterator[tuple[KnownClaim, frozenset[UUID]]]:
    """Every claim of its number and day, itself too, with decisions of others that may be of it."""
    if len(numbered) < 2 or not known.claim_number:  # noqa: PLR2004 — there is no other
        return
    ours = claim_on_record(known)
    near = [
        (one, on_record)
        for one in numbered
        if one.position.joined_to is None and days_meet(ours, on_record := claim_on_record(one))
    ]
    records = [on_record for _, on_record in near]
    found = doubts_among(records, number_is_account=number_is_account)
    for (one, _), doubted in zip(near, found, strict=True):
        yield one, doubted


def claim_on_record(known: KnownClaim) -> ClaimOnRecord:
    """The claim as the rules of identity see it."""
    return ClaimOnRecord(
        position=known.position,
        service_on=known.service_on,
        charge_cents=known.charge_cents,
        name_on_file=known.patient_name,
        last_name=known.last_name,
        member_identifier=known.member_identifier,
    )


def _is_patient(ours: UUID | None, found: UUID | None) -> bool | None:
    return None if ours is None or found is None else ours == found


def _joined_to(known: KnownClaim, numbered: Sequence[KnownClaim]) -> KnownClaim:
    goal = known.position.joined_to
    if goal is None:
        return known
    return next((_joined_to(one, numbered) for one in numbered if one.claim_id == goal), known)

"""Claims that may be the same one as posters see them, and what joining each would come to.

Worked out by the rules that the joining itself follows, on what is known now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import new_id
from portal.domain.claim_joining import NotJoinableError, Whose, join_claims
from portal.domain.hold_kinds import HoldKind
from portal.domain.hold_words import hold_words
from portal.domain.names import in_mixed_case
from portal.remittances.claims.joining import (
    doubtful_claims,
    in_order,
    possible_partners,
    whose_claims,
)
from portal.remittances.posting.known_claims import KnownClaim

_DOUBT: Final = frozenset({HoldKind.POSSIBLY_ONE_CLAIM})


@dataclass(frozen=True, slots=True)
class JoinOutlook:
    """The one claim, if the two are joined now. Paid, taken off, share and rest are the charge."""

    stays_id: UUID
    patient_name: str
    charge_cents: int
    paid_cents: int
    adjusted_cents: int
    share_cents: int
    payer_cents: int
    credit_cents: int  # was paid by the patient, and has nothing left to pay
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A claim of the same number that may be this one, as another payer tells it."""

    claim_id: UUID
    patient_name: str  # as the payer wrote it
    member_identifier: str
    service_on: date | None
    charge_cents: int
    paid_cents: int
    is_from_a_file: bool = False  # the practice has not named this person
    outlook: JoinOutlook | None = None  # None: not as things stand


def partner_rows(
    session: Session, known: KnownClaim, *, language: str, today: date
) -> Iterator[PartnerRow]:
    """What ``possible_partners`` finds."""
    found = possible_partners(session, known)
    whose = whose_claims(session, [known, *found])
    is_only_doubt = len(doubtful_claims(session, known)) == 1
    for one in found:
        yield PartnerRow(
            claim_id=one.claim_id,
            patient_name=in_mixed_case(one.patient_name),
            member_identifier=one.member_identifier,
            service_on=one.service_on,
            charge_cents=one.charge_cents,
            paid_cents=one.position.paid_cents,
            is_from_a_file=whose[one.claim_id] is Whose.FROM_A_FILE,
            outlook=_outlook(
                *in_order(known, one, whose),
                lifted=_DOUBT if is_only_doubt else frozenset(),
                language=language,
                today=today,
            ),
        )


def _outlook(
    other: KnownClaim,
    first: KnownClaim,
    *,
    lifted: frozenset[HoldKind],
    language: str,
    today: date,
) -> JoinOutlook | None:
    try:
        joined = join_claims(first.position, other.position, new_id=new_id, today=today)
    except NotJoinableError:
        return None
    after = joined.first.position
    return JoinOutlook(
        stays_id=first.claim_id,
        patient_name=in_mixed_case(first.patient_name),
        charge_cents=after.charge_cents or 0,
        paid_cents=after.paid_cents,
        adjusted_cents=after.adjusted_cents,
        share_cents=after.share_cents,
        payer_cents=after.payer_receivable_cents,
        credit_cents=joined.first_credit_cents + joined.other_credit_cents,
        holds=tuple(hold_words(kind, language).means for kind in sorted(after.holds - lifted)),
    )

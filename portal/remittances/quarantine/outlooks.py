"""What an act would do with a claim that was set aside, to the cent, before anybody does it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.adjudication import Disposition
from portal.domain.hold_words import hold_words
from portal.domain.journal import LedgerAccount
from portal.domain.names import in_mixed_case
from portal.domain.quarantine import NO_RULING, Quarantine, QuarantineAct
from portal.practice.models import Claim
from portal.remittances.quarantine.set_aside import (
    DecidedAgain,
    SetAside,
    decided_again,
    may_be_of,
)

_MOST_TARGETS: Final = 10


@dataclass(frozen=True, slots=True)
class ActOutlook:
    """What an act would do now; ``fault``: why it would not. Cents are what changes."""

    act: QuarantineAct
    fault: Quarantine | None = None
    disposition: Disposition | None = None  # None: nothing would be posted
    claim_number: str = ""
    charge_cents: int = 0
    paid_cents: int = 0
    adjusted_cents: int = 0
    share_cents: int = 0
    payer_cents: int = 0  # still with the payer; the four above add up to the charge with it
    credit_cents: int = 0  # owed to the payer; below zero: owed by it
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveRow:
    """A claim of another number that it may be of, and what posting it there changes."""

    claim_id: UUID
    claim_number: str
    patient_name: str
    service_on: date | None
    charge_cents: int
    outlook: ActOutlook


def move_rows(
    session: Session, aside: SetAside, *, claim_number: str, today: date, language: str
) -> Iterator[MoveRow]:
    """Claims of the number typed; or the same patient's, of that day or of that charge."""
    if QuarantineAct.MOVED not in aside.acts:
        return
    connection, practice_id = session.connection(), practice_of(session)
    for claim_id in _alike(session, aside, claim_number):
        again = decided_again(
            connection, practice_id, aside, ruling=NO_RULING, claim_id=claim_id, today=today
        )
        if may_be_of(aside, again.known):
            yield MoveRow(
                claim_id=claim_id,
                claim_number=again.known.claim_number,
                patient_name=in_mixed_case(again.known.patient_name),
                service_on=again.known.service_on,
                charge_cents=again.before.charge_cents or 0,
                outlook=outlook_of(QuarantineAct.MOVED, again, language=language),
            )


def _alike(session: Session, aside: SetAside, claim_number: str) -> Sequence[UUID]:
    if not claim_number and aside.patient_id is None:
        return ()
    sent = aside.claim
    same_visit = or_(Claim.service_on == sent.service_from, Claim.charge_cents == sent.charge_cents)
    of_patient = and_(
        Claim.guarantor_id == aside.guarantor_id, Claim.patient_id == aside.patient_id
    )
    numbered = Claim.claim_number == claim_number
    return session.scalars(
        select(Claim.claim_id)
        .where(
            Claim.practice_id == practice_of(session),
            numbered if claim_number else and_(of_patient, same_visit),
        )
        .order_by(Claim.claim_id.desc())
        .limit(_MOST_TARGETS)
    ).all()


def outlook_of(act: QuarantineAct, again: DecidedAgain, *, language: str) -> ActOutlook:
    """In the words of whoever looks."""
    decision, before, after = again.decision, again.before, again.decision.position
    if decision.quarantine is not None:
        return ActOutlook(act, fault=decision.quarantine)
    credit_cents = sum(
        -posting.amount_cents
        for entry in decision.entries
        for posting in entry.postings
        if posting.account is LedgerAccount.PAYER_CREDITS
    )
    return ActOutlook(
        act=act,
        disposition=decision.disposition,
        claim_number=again.known.claim_number,
        charge_cents=(after.charge_cents or 0) - (before.charge_cents or 0),
        paid_cents=after.paid_cents - before.paid_cents,
        adjusted_cents=after.adjusted_cents - before.adjusted_cents,
        share_cents=after.share_cents - before.share_cents,
        payer_cents=after.payer_receivable_cents - before.payer_receivable_cents,
        credit_cents=credit_cents,
        holds=tuple(hold_words(kind, language).means for kind in sorted(after.holds)),
    )

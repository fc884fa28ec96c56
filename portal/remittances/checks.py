"""What must hold between decisions, claims and the journal; empty means sound. Changes nothing."""

from collections.abc import Iterator

from sqlalchemy import Text, case, cast, func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.ledger_identities import claim_figures, claim_violations
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.practice.decisions import Adjudication
from portal.remittances.claim_batches import claim_batches
from portal.remittances.models import Remittance
from portal.remittances.positions import KnownClaim

_OF_A_DECISION = (
    BusinessEvent.REMITTANCE_POSTED.value,
    BusinessEvent.REMITTANCE_SUSPENDED.value,
    BusinessEvent.DUPLICATE_PAID.value,
)
_OF_A_PAYMENT = (
    BusinessEvent.PROVIDER_ADJUSTED.value,
    BusinessEvent.REMITTANCE_SUSPENDED.value,
)
_UUID_CHARACTERS = 36


def checks(session: Session) -> Iterator[CheckFinding]:
    """Every claim's identities, its decisions against its postings, every payment's clearing."""
    for batch in claim_batches(session):
        for known in batch:
            yield from _claim(known)
    yield from _payer_clearing(session)


def _claim(known: KnownClaim) -> Iterator[CheckFinding]:
    position = known.position
    figures = claim_figures(known.sums, patient_paid_cents=known.patient_paid_cents)
    violations = claim_violations(
        figures,
        decided_share_cents=sum(one.share_cents for one in position.share_owners),
        held=bool(known.standing),
    )
    for found in violations:
        yield CheckFinding(found.check, f"Claim {known.claim_id}: {found.message}")
    for check, what, decided_cents, posted_cents in (
        ("claim_paid", "paid", position.paid_cents, figures.paid_cents),
        ("claim_adjusted", "written off", position.adjusted_cents, figures.adjusted_cents),
        ("charge_recorded", "charged", known.charge_cents, figures.charge_cents),
    ):
        if decided_cents != posted_cents:
            message = (
                f"Claim {known.claim_id}: {decided_cents} cents are {what}, "
                f"the journal has {posted_cents}."
            )
            yield CheckFinding(check, message)


def _payer_clearing(session: Session) -> Iterator[CheckFinding]:
    """BPR02 of a payment, less what earlier files told of it, is what it put into clearing."""
    practice_id = practice_of(session)
    of_a_decision = Adjudication.adjudication_id.is_not(None)
    subject = func.left(JournalEntryRow.source_key, _UUID_CHARACTERS)
    remittance_id = case(
        (of_a_decision, cast(Adjudication.remittance_id, Text)), else_=subject
    )
    cleared = (
        select(remittance_id.label("remittance"), func.sum(PostingRow.amount_cents).label("cents"))
        .select_from(PostingRow)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .outerjoin(
            Adjudication,
            (Adjudication.practice_id == practice_id)
            & JournalEntryRow.business_event.in_(_OF_A_DECISION)
            & (cast(Adjudication.adjudication_id, Text) == JournalEntryRow.source_key),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PAYER_CLEARING.value,
            or_(of_a_decision, JournalEntryRow.business_event.in_(_OF_A_PAYMENT)),
        )
        .group_by(remittance_id)
        .subquery()
    )
    expected = Remittance.payment_cents - Remittance.told_before_cents
    found = func.coalesce(cleared.c.cents, 0)
    rows = session.execute(
        select(Remittance.remittance_id, expected.label("expected"), found.label("found"))
        .outerjoin(cleared, cleared.c.remittance == cast(Remittance.remittance_id, Text))
        .where(Remittance.practice_id == practice_id, expected != found)
    )
    for row in rows:
        message = (
            f"Payment {row.remittance_id}: {row.expected} cents are to come, payer clearing has "
            f"{row.found}."
        )
        yield CheckFinding("payer_clearing", message)

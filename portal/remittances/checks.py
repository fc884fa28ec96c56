"""What must hold between decisions, claims and the journal; empty means sound. Changes nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.claim_position import Outcome
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.ledger_identities import (
    LINE_ACCOUNTS,
    OWED_ACCOUNTS,
    claim_figures,
    claim_violations,
)
from portal.domain.quarantine import BRINGS_ITS_MONEY_ANEW, OF_A_PAYMENT, QuarantineAct
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim
from portal.remittances.claims.batches import claim_batches
from portal.remittances.models import QuarantinedClaim, QuarantineDecision, Remittance
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.quarantine.withheld_payments import unposted_payments

_OF_A_PAYMENT = (
    BusinessEvent.PROVIDER_ADJUSTED.value,
    BusinessEvent.REMITTANCE_SUSPENDED.value,
)
_UUID_CHARACTERS = 36


def checks(session: Session) -> Iterator[CheckFinding]:
    """Every claim's identities, its decisions against its postings, every payment's clearing."""
    resolved = _resolved(session)
    for batch in claim_batches(session):
        for known in batch:
            yield from _claim(known, resolved)
    yield from _lines_below_zero(session)
    yield from _payer_clearing(session)
    yield from _payments_told_once(session)
    yield from _more_waits_than_was_let_off(session)


def _resolved(session: Session) -> Mapping[UUID, QuarantineAct]:
    """What became of what was set aside and is not any more."""
    rows = session.execute(
        select(QuarantineDecision.quarantine_id, QuarantineDecision.act).where(
            QuarantineDecision.practice_id == practice_of(session)
        )
    )
    return {row.quarantine_id: QuarantineAct(row.act) for row in rows}


def _claim(known: KnownClaim, resolved: Mapping[UUID, QuarantineAct]) -> Iterator[CheckFinding]:
    position = known.position
    figures = claim_figures(known.sums, patient_paid_cents=known.patient_paid_cents)
    violations = claim_violations(
        figures,
        decided_share_cents=position.decided_share_cents,
        held=bool(known.standing),
    )
    for found in violations:
        yield CheckFinding(found.check, f"Claim {known.claim_id}: {found.message}")
    told_cents = sum(
        one.paid_cents
        for one in position.adjudications
        if one.outcome is not Outcome.DUPLICATE
        and resolved.get(one.adjudication_id) not in BRINGS_ITS_MONEY_ANEW
    )
    cleared_cents = known.sums.get(LedgerAccount.PAYER_CLEARING, 0)
    suspended_cents = -known.sums.get(LedgerAccount.REMITTANCE_SUSPENSE, 0)
    for check, what, decided_cents, posted_cents in (
        ("claim_clearing", "to come from payers", told_cents, cleared_cents),
        ("claim_suspense", "set aside", _set_aside_cents(known, resolved), suspended_cents),
        ("claim_paid", "paid", position.paid_cents, figures.paid_cents),
        ("claim_adjusted", "written off", position.adjusted_cents, figures.adjusted_cents),
        (
            "charge_recorded",
            "charged",
            known.charge_cents if known.is_in_journal else 0,
            figures.charge_cents,
        ),
    ):
        if decided_cents != posted_cents:
            message = (
                f"Claim {known.claim_id}: {decided_cents} cents are {what}, "
                f"the journal has {posted_cents}."
            )
            yield CheckFinding(check, message)


def _set_aside_cents(known: KnownClaim, resolved: Mapping[UUID, QuarantineAct]) -> int:
    """Of what is quarantined and open, and of what was decided again without a reversal."""
    settled = known.position.voided | known.position.taken_up
    return sum(
        one.paid_cents
        for one in known.position.adjudications
        if (one.outcome is Outcome.QUARANTINED and one.adjudication_id not in resolved)
        or (one.outcome is Outcome.WAITING and one.adjudication_id not in settled)
    )


def _lines_below_zero(session: Session) -> Iterator[CheckFinding]:
    """What a claim's lines come to together may hide that one of them owes less than nothing.

    What an agency asks for is owed as well: until it is recalled a decision may take it off us.
    """
    cents = func.sum(PostingRow.amount_cents)
    account = case(
        (
            PostingRow.account == LedgerAccount.AGENCY_RECEIVABLE.value,
            LedgerAccount.PATIENT_RECEIVABLE.value,
        ),
        else_=PostingRow.account,
    ).label("account")
    accounts = [one.value for one in (*LINE_ACCOUNTS, *OWED_ACCOUNTS)]
    rows = session.execute(
        select(PostingRow.claim_id, account, cents.label("cents"))
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.claim_id.is_not(None),
            PostingRow.account.in_(accounts),
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id, account)
        .having(cents < 0)
    )
    for row in rows:
        message = f"Claim {row.claim_id}: {row.account} of a line is below zero: {row.cents} cents."
        yield CheckFinding("line_not_negative", message)


def _payer_clearing(session: Session) -> Iterator[CheckFinding]:
    """BPR02 of a payment, less what earlier files told of it, is what it put into clearing.

    A payment that is withheld as a whole, or was rejected so, put nothing there.
    That each decision put its own CLP04 there is seen claim by claim.
    """
    practice_id = practice_of(session)
    cleared = _cleared_by_payments(session)
    decided = session.execute(
        select(Adjudication.remittance_id, func.sum(Adjudication.paid_cents).label("cents"))
        .where(
            Adjudication.practice_id == practice_id,
            Adjudication.disposition != Outcome.DUPLICATE.value,
            Adjudication.adjudication_id.not_in(
                select(QuarantineDecision.quarantine_id).where(
                    QuarantineDecision.practice_id == practice_id,
                    QuarantineDecision.act.in_([act.value for act in BRINGS_ITS_MONEY_ANEW]),
                )
            ),
        )
        .group_by(Adjudication.remittance_id)
    )
    for row in decided:
        cleared[str(row.remittance_id)] = cleared.get(str(row.remittance_id), 0) + int(row.cents)
    expected = case(
        (Remittance.remittance_id.in_(unposted_payments(practice_id)), 0),
        else_=Remittance.payment_cents - Remittance.told_before_cents,
    )
    rows = session.execute(
        select(Remittance.remittance_id, expected.label("cents")).where(
            Remittance.practice_id == practice_id
        )
    )
    for row in rows:
        found = cleared.get(str(row.remittance_id), 0)
        if found != row.cents:
            message = (
                f"Payment {row.remittance_id}: {row.cents} cents are to come, payer clearing has "
                f"{found}."
            )
            yield CheckFinding("payer_clearing", message)


def _payments_told_once(session: Session) -> Iterator[CheckFinding]:
    """All that files told of one payment (payer, TRN02, BPR02) brings its money once.

    But for claims that are set aside: a poster says whether another file tells their money.
    """
    practice_id = practice_of(session)
    aside_cents = (
        select(func.coalesce(func.sum(QuarantinedClaim.paid_cents), 0))
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.remittance_id == Remittance.remittance_id,
            QuarantinedClaim.resolved_at.is_(None),
            QuarantinedClaim.code.not_in([one.value for one in OF_A_PAYMENT]),
        )
        .scalar_subquery()
    )
    told_cents = func.sum(
        Remittance.payment_cents - Remittance.told_before_cents - func.greatest(aside_cents, 0)
    )
    rows = session.execute(
        select(Remittance.trace_number, Remittance.payment_cents, told_cents.label("cents"))
        .where(
            Remittance.practice_id == practice_id,
            Remittance.trace_number != "",
            Remittance.remittance_id.not_in(unposted_payments(practice_id)),
        )
        .group_by(Remittance.payer_id, Remittance.trace_number, Remittance.payment_cents)
        .having(func.count() > 1, told_cents > func.greatest(Remittance.payment_cents, 0))
    )
    for row in rows:
        message = (
            f"Payment {row.trace_number.strip()} of {row.payment_cents} cents: its files tell "
            f"{int(row.cents)} in all."
        )
        yield CheckFinding("payment_told_once", message)


def _more_waits_than_was_let_off(session: Session) -> Iterator[CheckFinding]:
    """What is kept for payers' corrections was put back by their decisions, account by account."""
    practice_id = practice_of(session)
    waiting: dict[tuple[UUID | None, str], int] = defaultdict(int)
    claims = session.execute(
        select(Claim.guarantor_id, Claim.waiting_let_off).where(
            Claim.practice_id == practice_id, func.jsonb_typeof(Claim.waiting_let_off) == "object"
        )
    )
    for guarantor_id, kept in claims:
        for account, cents in (one for by_why in (kept or {}).values() for one in by_why.items()):
            waiting[guarantor_id, account] += cents
    if not waiting:
        return
    rows = session.execute(
        select(
            JournalEntryRow.guarantor_id,
            PostingRow.account,
            (-func.sum(PostingRow.amount_cents)).label("cents"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.LET_OFF_RETURNED.value,
            JournalEntryRow.source_key.contains(":"),  # cause:claim; the practice's own is a row
        )
        .group_by(JournalEntryRow.guarantor_id, PostingRow.account)
    )
    put_back = {(row.guarantor_id, row.account): int(row.cents) for row in rows}
    for (guarantor_id, account), cents in waiting.items():
        if cents > put_back.get((guarantor_id, account), 0):
            message = (
                f"Guarantor {guarantor_id}: {cents} cents of {account} wait for payers' "
                f"corrections, their decisions put {put_back.get((guarantor_id, account), 0)} back."
            )
            yield CheckFinding("waiting_let_off", message)


def _cleared_by_payments(session: Session) -> dict[str, int]:
    """What provider adjustments, and what is left unexplained, put into clearing, by payment."""
    practice_id = practice_of(session)
    remittance = func.left(JournalEntryRow.source_key, _UUID_CHARACTERS)
    rows = session.execute(
        select(remittance.label("remittance"), func.sum(PostingRow.amount_cents).label("cents"))
        .select_from(PostingRow)
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account == LedgerAccount.PAYER_CLEARING.value,
            PostingRow.claim_id.is_(None),
            JournalEntryRow.business_event.in_(_OF_A_PAYMENT),
        )
        .group_by(remittance)
    )
    return {row.remittance: int(row.cents) for row in rows}

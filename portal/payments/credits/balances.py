"""Who has credit with us: patients and payers, since when, which clock runs, what is proposed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StatementLinkEvent
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.credit_clocks import (
    ClockState,
    CreditOwner,
    Standing,
    is_letter_due,
    owner_of,
    standing,
    standing_since,
    unclaimed_on,
)
from portal.domain.journal import LedgerAccount
from portal.domain.link_status import LinkState
from portal.domain.money import format_plain
from portal.domain.names import in_mixed_case
from portal.domain.payment_status import PaymentState
from portal.domain.refund_ways import RefundWay
from portal.ledger.credit_going_back import credit_going_back
from portal.ledger.models import Allocation, JournalEntryRow, PostingRow
from portal.payments.credits.remains import awaited_credit
from portal.payments.models import Payment
from portal.payments.queries import local_time
from portal.payments.refunds.bounds import way_of
from portal.payments.settlement import practice_day
from portal.practice.contact import practice_contact
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Guarantor, Payer


class Which(StrEnum):
    """What the list shows."""

    ALL = "all"
    DUE = "due"  # the clock is near its end, or past it
    OWES = "owes"  # people who owe something else
    PAYERS = "payers"


class Proposal(StrEnum):
    """What would be done with a patient's credit."""

    USE = "use"  # for what they owe: only with their consent
    REFUND = "refund"  # to where the largest part came from
    CHECK = "check"
    WAIT = "wait"  # a payer's correction may use it, or it is going back already


@dataclass(frozen=True, slots=True)
class PatientCredit:
    """``free_cents`` may be used or sent back; ``payment_id`` is what a refund would begin with."""

    guarantor_id: UUID
    name: str
    account_number: str
    credit_cents: int
    free_cents: int
    owes_cents: int
    clock: Standing
    heard_of_on: date
    unclaimed_on: date
    is_letter_due: bool
    proposal: Proposal
    payment_id: UUID | None


@dataclass(frozen=True, slots=True)
class PayerCredit:
    """What we owe a payer on one claim; without a claim it stands beside claims (PLB)."""

    claim_id: UUID | None
    claim_number: str
    payer_name: str
    owner: CreditOwner
    credit_cents: int
    clock: Standing


@dataclass(frozen=True, slots=True)
class BalancesPage:
    """``patients_cents`` and ``payers_cents`` are of the ledger, whatever the list shows."""

    which: Which
    patients: tuple[PatientCredit, ...]
    payers: tuple[PayerCredit, ...]
    patients_cents: int
    payers_cents: int
    due_count: int


def balances_page(
    database: Database, principal: Principal, *, which: Which, now: datetime, request_id: str
) -> BalancesPage:
    """With a row in the audit log: it names people."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="credits",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        patients = _patients(session, now=now)
        payers = _payers(session, today=practice_day(session, now))
        clocks = [*(one.clock for one in patients), *(one.clock for one in payers)]
        return BalancesPage(
            which=which,
            patients=tuple(one for one in patients if _shows_patient(which, one)),
            payers=tuple(one for one in payers if _shows_payer(which, one)),
            patients_cents=sum(one.credit_cents for one in patients),
            payers_cents=sum(one.credit_cents for one in payers),
            due_count=sum(clock.state is not ClockState.RUNNING for clock in clocks),
        )


def balances_csv(
    database: Database,
    principal: Principal,
    *,
    which: Which,
    now: datetime,
    request_id: str,
) -> bytes:
    """The same list, one row a credit."""
    page = balances_page(database, principal, which=which, now=now, request_id=request_id)
    head = ("owner", "name", "account_or_claim", "credit", "free", "since", "due", "proposal")
    patients = [
        (
            CreditOwner.PATIENT.value,
            one.name,
            one.account_number,
            format_plain(one.credit_cents),
            format_plain(one.free_cents),
            one.clock.since.isoformat(),
            one.clock.due_on.isoformat(),
            one.proposal.value,
        )
        for one in page.patients
    ]
    payers = [
        (
            one.owner.value,
            one.payer_name,
            one.claim_number,
            format_plain(one.credit_cents),
            format_plain(one.credit_cents),
            one.clock.since.isoformat(),
            one.clock.due_on.isoformat(),
            "return",
        )
        for one in page.payers
    ]
    return written([head, *patients, *payers])


def _shows_patient(which: Which, one: PatientCredit) -> bool:
    match which:
        case Which.ALL:
            return True
        case Which.DUE:
            return one.clock.state is not ClockState.RUNNING
        case Which.OWES:
            return one.owes_cents > 0
        case Which.PAYERS:
            return False


def _shows_payer(which: Which, one: PayerCredit) -> bool:
    is_due = one.clock.state is not ClockState.RUNNING
    return which in (Which.ALL, Which.PAYERS) or (which is Which.DUE and is_due)


def _patients(session: Session, *, now: datetime) -> Sequence[PatientCredit]:
    """Longest with us first."""
    today = practice_day(session, now)
    sums = _sums_by_guarantor(session, LedgerAccount.UNAPPLIED_CREDIT)
    credit = {key: -cents for key, cents in sums.items() if cents < 0}
    since = _since(session, credit)
    owes = _sums_by_guarantor(session, LedgerAccount.PATIENT_RECEIVABLE)
    heard_of = _heard_of(session, credit.keys(), default=since)
    locked = _not_free(session, credit.keys(), today=today)
    origins = _largest_origins(session, credit.keys())
    rows = session.scalars(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id.in_(credit)
        )
    )
    found = []
    for row in rows:
        key = row.guarantor_id
        free_cents = max(0, credit[key] - locked.get(key, 0))
        origin = origins.get(key)
        found.append(
            PatientCredit(
                guarantor_id=key,
                name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
                account_number=row.account_number,
                credit_cents=credit[key],
                free_cents=free_cents,
                owes_cents=max(0, owes.get(key, 0)),
                clock=standing(CreditOwner.PATIENT, since=since[key], today=today),
                heard_of_on=heard_of[key],
                unclaimed_on=unclaimed_on(heard_of[key]),
                is_letter_due=is_letter_due(heard_of[key], today=today),
                proposal=_proposal(session, free_cents, owes.get(key, 0), origin, now=now),
                payment_id=origin.payment_id if origin else None,
            )
        )
    return sorted(found, key=lambda one: (one.clock.since, one.account_number))


def _proposal(
    session: Session, free_cents: int, owes_cents: int, origin: Payment | None, *, now: datetime
) -> Proposal:
    if free_cents <= 0:
        return Proposal.WAIT
    if owes_cents > 0:
        return Proposal.USE
    if origin is None or way_of(session, origin, now=now) is RefundWay.CHECK:
        return Proposal.CHECK
    return Proposal.REFUND


def _sums_by_guarantor(session: Session, account: LedgerAccount) -> dict[UUID, int]:
    rows = session.execute(
        select(PostingRow.guarantor_id, func.sum(PostingRow.amount_cents).label("cents"))
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.account == account.value,
            PostingRow.guarantor_id.is_not(None),
        )
        .group_by(PostingRow.guarantor_id)
    )
    return {row.guarantor_id: int(row.cents) for row in rows}


def _since(session: Session, credit: Mapping[UUID, int]) -> dict[UUID, date]:
    moves: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    query = _moves(session, LedgerAccount.UNAPPLIED_CREDIT).where(
        PostingRow.guarantor_id.in_(credit)
    )
    for row in session.execute(query):
        moves[row.guarantor_id].append((row.effective_on, -row.amount_cents))
    return {
        key: day
        for key, cents in credit.items()
        if (day := standing_since(moves[key], cents)) is not None
    }


def _moves(session: Session, account: LedgerAccount) -> Select[UUID | None, UUID | None, date, int]:
    """The legs on an account, by day, oldest first."""
    practice_id = practice_of(session)
    return (
        select(
            PostingRow.guarantor_id,
            PostingRow.claim_id,
            JournalEntryRow.effective_on,
            PostingRow.amount_cents,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(PostingRow.practice_id == practice_id, PostingRow.account == account.value)
        .order_by(JournalEntryRow.effective_on, JournalEntryRow.recorded_at)
    )


def _heard_of(
    session: Session, guarantor_ids: Collection[UUID], *, default: Mapping[UUID, date]
) -> dict[UUID, date]:
    """The last day on which they paid or opened a link; else the day of the credit."""
    practice_id = practice_of(session)
    heard, practice = dict(default), practice_contact(session)
    paid = (
        select(Payment.guarantor_id, func.max(Payment.created_at).label("at"))
        .where(Payment.practice_id == practice_id, Payment.guarantor_id.in_(guarantor_ids))
        .group_by(Payment.guarantor_id)
    )
    opened = (
        select(
            StatementLinkEvent.guarantor_id, func.max(StatementLinkEvent.occurred_at).label("at")
        )
        .where(
            StatementLinkEvent.practice_id == practice_id,
            StatementLinkEvent.guarantor_id.in_(guarantor_ids),
            StatementLinkEvent.state == LinkState.VERIFIED.value,
        )
        .group_by(StatementLinkEvent.guarantor_id)
    )
    for query in (paid, opened):
        for row in session.execute(query):
            day = local_time(row.at, practice).date()
            heard[row.guarantor_id] = max(heard.get(row.guarantor_id, day), day)
    return heard


def _not_free(session: Session, guarantor_ids: Collection[UUID], *, today: date) -> dict[UUID, int]:
    """What of each credit waits for payers' corrections, or is going back already."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim.guarantor_id, Claim.claim_id, Claim.waiting_credit).where(
            Claim.practice_id == practice_id,
            Claim.guarantor_id.in_(guarantor_ids),
            func.jsonb_typeof(Claim.waiting_credit) == "object",
        )
    ).all()
    awaited = awaited_credit(
        session, {row.claim_id: row.waiting_credit for row in rows}, today=today
    )
    locked: dict[UUID, int] = defaultdict(int)
    for row in rows:
        locked[row.guarantor_id] += awaited.get(row.claim_id, 0)
    leaving = credit_going_back(session.connection(), practice_id, list(guarantor_ids))
    for guarantor_id, going in leaving.items():
        locked[guarantor_id] += going.at_most_cents
    return locked


def _largest_origins(session: Session, guarantor_ids: Collection[UUID]) -> Mapping[UUID, Payment]:
    """Of each, the payment with the largest part that pays nothing: a refund begins there."""
    practice_id = practice_of(session)
    unused = func.sum(Allocation.amount_cents)
    rows = session.execute(
        select(Payment, unused.label("cents"))
        .join(
            Allocation,
            (Allocation.practice_id == practice_id) & (Allocation.payment_id == Payment.payment_id),
        )
        .where(
            Payment.practice_id == practice_id,
            Payment.guarantor_id.in_(guarantor_ids),
            Payment.state == PaymentState.SUCCEEDED.value,
            Allocation.claim_id.is_(None),
        )
        .group_by(Payment.practice_id, Payment.payment_id)
        .having(unused > 0)
        .order_by(unused)
    )
    return {row.Payment.guarantor_id: row.Payment for row in rows}


def _payers(session: Session, *, today: date) -> Sequence[PayerCredit]:
    """Longest with us first."""
    moves: dict[UUID | None, list[tuple[date, int]]] = defaultdict(list)
    for row in session.execute(_moves(session, LedgerAccount.PAYER_CREDITS)):
        moves[row.claim_id].append((row.effective_on, -row.amount_cents))
    credit = {key: cents for key, rows in moves.items() if (cents := sum(c for _, c in rows)) > 0}
    claims = _claims(session, [key for key in credit if key is not None])
    found = []
    for key, cents in credit.items():
        since = standing_since(moves[key], cents)
        number, payer_name, owner = claims.get(key, ("", "", CreditOwner.PAYER))
        if since is not None:
            clock = standing(owner, since=since, today=today)
            found.append(PayerCredit(key, number, payer_name, owner, cents, clock))
    return sorted(found, key=lambda one: (one.clock.since, one.claim_number))


def _claims(
    session: Session, claim_ids: Collection[UUID]
) -> Mapping[UUID | None, tuple[str, str, CreditOwner]]:
    """Number, payer and whose money, by the newest decision on each claim."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim.claim_id, Claim.claim_number, Payer.name, Adjudication.facts)
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id) & (Adjudication.claim_id == Claim.claim_id),
        )
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids))
        .order_by(Adjudication.adjudication_id)
    )
    return {
        row.claim_id: (
            row.claim_number,
            row.name,
            owner_of(row.facts.get("filing_indicator", "")),
        )
        for row in rows
    }

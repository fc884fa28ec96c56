"""What a statement would say: one guarantor's visits that may be billed, explained to the cent.

Read in one transaction with the guarantor locked and imports kept waiting; written nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.billed_claim import ClaimBooks
from portal.domain.claim_journey import changes, journey
from portal.domain.covered_lines import put_on_plan
from portal.domain.explanation import DoesNotAddUpError, explain, plan_decisions
from portal.domain.journal import Target
from portal.domain.money import format_usd
from portal.domain.pending_visit import reasons_of, remarks_of, why_pending
from portal.domain.reasons.catalogue import is_known
from portal.domain.remittance import PATIENT_RESPONSIBILITY
from portal.domain.statement import IssueFacts, PendingVisit, Visit
from portal.ledger.as_of import claim_books, owed_on, payments_received
from portal.ledger.plan_cover import shares_beside_plans
from portal.practice.claim_history import claim_histories
from portal.practice.claims import (
    ClaimHead,
    billed_claims,
    claims_of,
    has_account_hold,
    payer_names,
)
from portal.practice.contact import PracticeContact
from portal.practice.feed import feed_age, has_refused_receipt
from portal.practice.import_lock import import_is_running
from portal.practice.models import Guarantor
from portal.statements.delivery.queries import deliveries
from portal.statements.models import Statement, StatementVoid
from portal.statements.payment_plans import covered_on_day


@dataclass(frozen=True, slots=True)
class Account:
    """A guarantor's claims beside their books on the as-of day."""

    guarantor: Guarantor
    as_of: date
    is_import_running: bool
    claims: tuple[tuple[ClaimHead, ClaimBooks], ...]
    on_plans: Mapping[Target, int]  # what payment plans ask for of each line

    @property
    def billable(self) -> tuple[tuple[ClaimHead, ClaimBooks], ...]:
        """Released and not held. What insurance changed after the day waits for the next time."""
        return tuple(
            (head, books)
            for head, books in self.claims
            if books.owed_cents > 0
            and not head.is_held
            and not books.pending_cents
            and not books.insurance_moved_later
        )

    @property
    def waiting(self) -> tuple[tuple[ClaimHead, ClaimBooks], ...]:
        """With open money, and not on the statement: insurance or the practice still decides."""
        billable = {head.claim_id for head, _ in self.billable}
        return tuple(
            (head, books)
            for head, books in self.claims
            if head.claim_id not in billable
            and (books.with_insurance_cents or books.pending_cents or books.owed_cents)
        )

    @property
    def asked(self) -> tuple[tuple[ClaimHead, ClaimBooks], ...]:
        """Of the billable ones those that payment plans do not cover altogether."""
        claim_ids = {target.claim_id for target, _ in self.shares}
        return tuple(one for one in self.billable if one[0].claim_id in claim_ids)

    @property
    def amount_due_cents(self) -> int:
        return sum(cents for _, cents in self.shares)

    @property
    def shares(self) -> tuple[tuple[Target, int], ...]:
        """What is asked for, by line, in the order of the visits."""
        owed = (
            (Target(head.claim_id, charge_id), cents)
            for head, books in self.billable
            for charge_id, cents in books.owed.items()
        )
        asked = ((target, cents - self.on_plans.get(target, 0)) for target, cents in owed)
        return tuple((target, cents) for target, cents in asked if cents)

    def on_plans_of(self, claim_id: UUID) -> Mapping[UUID | None, int]:
        """What payment plans ask for of one claim, by service line."""
        return {
            target.charge_id: cents
            for target, cents in self.on_plans.items()
            if target.claim_id == claim_id
        }


def read_account(session: Session, guarantor_id: UUID, *, as_of: date) -> Account:
    """Lock the guarantor, so that no payment settles meanwhile, and read their claims and books."""
    is_import_running = import_is_running(session)
    guarantor = session.scalars(
        select(Guarantor)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .with_for_update(key_share=True)
    ).one()
    heads = claims_of(session, guarantor_id)
    books = claim_books(session, [head.claim_id for head in heads], as_of=as_of)
    claims = tuple((head, books[head.claim_id]) for head in heads)
    on_plans = covered_on_day(session, guarantor_id, books)
    return Account(guarantor, as_of, is_import_running, claims, on_plans)


def last_statement(session: Session, guarantor_id: UUID) -> Statement | None:
    """The newest one that was not taken back."""
    practice_id = practice_of(session)
    return session.scalars(
        select(Statement)
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            Statement.practice_id == practice_id,
            Statement.guarantor_id == guarantor_id,
            StatementVoid.statement_id.is_(None),
        )
        .order_by(Statement.as_of.desc())
        .limit(1)
    ).one_or_none()


def read_facts(
    session: Session,
    account: Account,
    previous: Statement | None,
    *,
    practice: PracticeContact,
    now: datetime,
) -> IssueFacts:
    """All that the rules of issuing ask."""
    guarantor_id = account.guarantor.guarantor_id
    zone = ZoneInfo(practice.time_zone)
    today = now.astimezone(zone).date()
    billable = {head.claim_id for head, _ in account.billable}
    return IssueFacts(
        issued_on=today,
        as_of=account.as_of,
        amount_due_cents=account.amount_due_cents,
        open_now_cents=sum(
            share.open_cents
            for share in shares_beside_plans(session, guarantor_id)
            if share.claim_id in billable
        ),
        last_issued_on=previous.issued_at.astimezone(zone).date() if previous else None,
        last_as_of=previous.as_of if previous else None,
        is_issued_for_day=_is_issued_for(session, guarantor_id, account.as_of),
        is_on_hold=has_account_hold(session, guarantor_id),
        is_import_running=account.is_import_running,
        was_paid_today=any(
            payment.received_on == today
            for payment in payments_received(session, guarantor_id, from_on=today)
        ),
        is_deliverable=_is_deliverable(session, account.guarantor),
        feed_age=feed_age(session, now=now),
        has_refused_receipt=has_refused_receipt(session, guarantor_id),
        has_payment_plan=any(account.on_plans.values()),
    )


def compare_with_ledger(session: Session, account: Account) -> None:
    """Claim by claim must be all the guarantor owes: nothing on the account, nothing below zero.

    Raises DoesNotAddUpError.
    """
    by_claim = sum(books.owed_cents for _, books in account.claims)
    in_all = owed_on(session, account.guarantor.guarantor_id, as_of=account.as_of)
    if by_claim != in_all:
        claims, ledger = format_usd(by_claim), format_usd(in_all)
        raise DoesNotAddUpError(f"open on the claims {claims}, in the ledger {ledger}")
    for head, books in account.claims:
        if books.owed_cents < 0:
            owed = format_usd(books.owed_cents)
            raise DoesNotAddUpError(f"claim {head.claim_number}: the patient owes {owed}")


def explain_visits(session: Session, account: Account) -> tuple[Visit, ...]:
    """Every visit that is asked for, line by line. Raises DoesNotAddUpError, naming the claim."""
    claim_ids = [head.claim_id for head, _ in account.asked]
    billed = billed_claims(session, claim_ids)
    histories = claim_histories(session, claim_ids)
    visits = []
    for head, books in account.asked:
        claim = billed[head.claim_id]
        try:
            lines = put_on_plan(explain(claim, books), account.on_plans_of(head.claim_id))
        except DoesNotAddUpError as error:
            raise DoesNotAddUpError(f"claim {head.claim_number}: {error}") from error
        history = histories[head.claim_id]
        visits.append(
            Visit(
                claim_id=head.claim_id,
                claim_number=head.claim_number,
                patient_first_name=head.patient_first_name,
                service_on=head.service_on,
                provider_name=head.provider_name,
                place_name=head.place_name,
                lines=lines,
                decisions=plan_decisions(claim.decisions),
                changes=changes(history.heard),
                journey=journey(history.sent, history.heard),
                freed_credit_cents=books.freed_credit_cents,
            )
        )
    return tuple(visits)


def pending_visits(session: Session, account: Account) -> tuple[PendingVisit, ...]:
    """Visits without an amount: nobody may be asked for one yet. Each says why."""
    claim_ids = [head.claim_id for head, _ in account.waiting]
    names = payer_names(session, claim_ids)
    billed = billed_claims(session, claim_ids)
    histories = claim_histories(session, claim_ids)
    visits = []
    for head, books in account.waiting:
        decisions = billed[head.claim_id].decisions
        why = why_pending(head.holds, decisions, share_is_released=bool(books.owed_cents))
        history = histories[head.claim_id]
        visits.append(
            PendingVisit(
                patient_first_name=head.patient_first_name,
                service_on=head.service_on,
                provider_name=head.provider_name,
                payer_name=names.get(head.claim_id, ""),
                why=why,
                reasons=reasons_of(why, decisions),
                remarks=remarks_of(why, decisions),
                journey=journey(history.sent, history.heard),
                claim_id=head.claim_id,
            )
        )
    return tuple(visits)


def unknown_reasons(visits: Iterable[Visit]) -> dict[str, UUID]:
    """Reasons that are told and nobody has plain words for, each with a claim that has it."""
    told = (
        (amount.group, amount.reason, visit.claim_id)
        for visit in visits
        for line in visit.lines
        for answer in line.answers
        for amount in answer.amounts
        if amount.is_refused or amount.group == PATIENT_RESPONSIBILITY
    )
    return {
        f"{group} {reason}": claim_id
        for group, reason, claim_id in told
        if not is_known(reason, group=group)
    }


def _is_issued_for(session: Session, guarantor_id: UUID, as_of: date) -> bool:
    found = session.scalar(
        select(Statement.statement_id).where(
            Statement.practice_id == practice_of(session),
            Statement.guarantor_id == guarantor_id,
            Statement.as_of == as_of,
        )
    )
    return found is not None


def _is_deliverable(session: Session, guarantor: Guarantor) -> bool:
    """On paper, or by e-mail to who agreed to it and has not chosen paper since."""
    lines = (guarantor.address_line, guarantor.city, guarantor.state, guarantor.postal_code)
    if all(lines) or not (guarantor.email and guarantor.email_agreed_at):
        return all(lines)
    return deliveries(session, [guarantor.guarantor_id])[guarantor.guarantor_id].reason is None

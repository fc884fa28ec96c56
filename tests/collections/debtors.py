"""People who owe, with plans as they stand on some day: written down, not lived through."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.auth.models import StatementLink, StatementLinkEvent
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.domain.link_status import LinkState
from portal.domain.paper_delivery import DeliveryKind
from portal.domain.print_run import LetterState, RunState
from portal.ledger.journal import post
from portal.ledger.models import PlanInstallment, PostingRow
from portal.payments.methods.models import PaymentConsent, SavedMethod
from portal.plans.models import Plan
from portal.practice.final_notices import FINAL_NOTICE_NOT_TOLD, FinalNoticeVisit
from portal.practice.models import Guarantor, Hold, Practice
from portal.practice.promises import Promise
from portal.practice.tasks import end_task, open_task
from portal.statements.delivery.models import DeliveryEvent
from portal.statements.models import Statement, StatementShare
from portal.statements.print_runs.models import PrintRun, PrintRunLetter
from tests.builders import make_claim, make_guarantor, make_patient
from tests.payments.owing import Owed
from tests.plans.agreed_plans import agree_to_plan

NOW = datetime(2026, 9, 14, 17, 0, tzinfo=UTC)
TODAY = date(2026, 9, 14)
Read = TypeVar("Read")


@dataclass(slots=True)
class Debtor:
    """Somebody with one visit, and perhaps a plan over it."""

    database: Database
    practice_id: UUID
    guarantor_id: UUID
    owed: Owed
    plan_id: UUID | None = None

    @property
    def job(self) -> Principal:
        return Principal.job(self.practice_id, role="test")

    @property
    def target(self) -> Target:
        return self.owed.target

    def agree(self, *, first_on: date, count: int = 4, method_id: UUID | None = None) -> UUID:
        """By hand unless a method is named; agreed to a month before."""
        before = first_on - timedelta(days=30)
        self.plan_id = agree_to_plan(
            self.database,
            self.practice_id,
            self.guarantor_id,
            {self.owed.target: self.owed.cents},
            count=count,
            first_on=first_on,
            today=before,
            now=NOW - timedelta(days=120),
            method_id=method_id,
        )
        return self.plan_id

    def set_plan(self, **values: Any) -> None:
        self.write(
            lambda session: session.execute(
                update(Plan)
                .where(Plan.practice_id == practice_of(session), Plan.plan_id == self.plan_id)
                .values(**values)
            )
        )

    def set_installment(self, number: int, **values: Any) -> None:
        self.write(
            lambda session: session.execute(
                update(PlanInstallment)
                .where(
                    PlanInstallment.practice_id == practice_of(session),
                    PlanInstallment.plan_id == self.plan_id,
                    PlanInstallment.number == number,
                )
                .values(**values)
            )
        )

    def has_task(self, kind: str, *, since: datetime = NOW - timedelta(days=40)) -> None:
        """Staff are asked to do something about this person."""
        self.write(
            lambda session: open_task(
                session, kind=kind, subject_id=self.guarantor_id, message="Tell them.", now=since
            )
        )

    def consents(self) -> None:
        """To get papers electronically."""
        self._says(DeliveryKind.CONSENTED, at=NOW - timedelta(days=100))

    def withdraws(self, *, at: datetime) -> None:
        """That consent."""
        self._says(DeliveryKind.WITHDRAWN, at=at)

    def _says(self, kind: DeliveryKind, *, at: datetime) -> None:
        self.write(
            lambda session: session.execute(
                insert(DeliveryEvent).values(
                    practice_id=self.practice_id,
                    event_id=new_id(),
                    guarantor_id=self.guarantor_id,
                    kind=kind.value,
                    at=at,
                    done_by="test",
                )
            )
        )

    def promised(self, promised_for: date, outcome: str, *, cents: int = 2_000) -> None:
        self.write(
            lambda session: session.execute(
                insert(Promise).values(
                    practice_id=self.practice_id,
                    promise_id=new_id(),
                    guarantor_id=self.guarantor_id,
                    promised_for=promised_for,
                    amount_cents=cents,
                    made_at=NOW - timedelta(days=10),
                    made_by=new_id(),
                    outcome=outcome,
                )
            )
        )

    def card(self, *, exp_year: int, exp_month: int) -> UUID:
        method_id, consent_id = new_id(), new_id()
        common = {"practice_id": self.practice_id, "guarantor_id": self.guarantor_id}

        def keep(session: Session) -> None:
            session.execute(
                insert(PaymentConsent).values(
                    **common,
                    consent_id=consent_id,
                    kind="save",
                    text_version=1,
                    language="en",
                    sentences=["I agree."],
                    given_at=NOW,
                    address_hash=b"hash",
                )
            )
            session.execute(
                insert(SavedMethod).values(
                    **common,
                    method_id=method_id,
                    consent_id=consent_id,
                    payment_method_id=f"pm_{method_id}",
                    kind="card",
                    brand="visa",
                    last4="4242",
                    exp_month=exp_month,
                    exp_year=exp_year,
                    is_default=True,
                    added_at=NOW,
                )
            )

        self.write(keep)
        return method_id

    def noticed(self, on: date) -> None:
        """Staff wrote on that day that it may go to an agency."""
        at, notice_id, kind = datetime.combine(on, NOW.timetz()), new_id(), FINAL_NOTICE_NOT_TOLD

        def write(session: Session) -> None:
            open_task(session, kind=kind, subject_id=notice_id, message="Tell them.", now=at)
            session.execute(
                insert(FinalNoticeVisit).values(
                    practice_id=self.practice_id,
                    notice_id=notice_id,
                    claim_id=self.target.claim_id,
                    guarantor_id=self.guarantor_id,
                    asked_at=at,
                )
            )
            end_task(session, kind=kind, subject_id=notice_id, now=at)

        self.write(write)

    def again(self) -> "Debtor":
        """The same person with one more visit."""
        owed = _owe(self, f"{self.owed.target.claim_id}-again", self.owed.cents)
        return replace(self, owed=owed, plan_id=None)

    def billed(self, as_of: date, *, arrived: bool = True) -> None:
        """A statement of that day asked for the visit; its link was opened, or only sent."""
        statement_id, link_id = new_id(), new_id()
        common = {"practice_id": self.practice_id, "guarantor_id": self.guarantor_id}
        at = datetime.combine(as_of, NOW.timetz())
        state = LinkState.VERIFIED if arrived else LinkState.SENT

        def issue(session: Session) -> None:
            session.execute(
                insert(Statement).values(
                    **common,
                    statement_id=statement_id,
                    number=str(statement_id.int)[-8:],
                    as_of=as_of,
                    issued_at=at,
                    due_on=as_of + timedelta(days=21),
                    amount_due_cents=self.owed.cents,
                    document_version=1,
                    document={},
                )
            )
            session.execute(
                insert(StatementShare).values(
                    **common,
                    statement_id=statement_id,
                    share_number=1,
                    claim_id=self.target.claim_id,
                    charge_id=self.target.charge_id,
                    owed_cents=self.owed.cents,
                )
            )
            session.execute(
                insert(StatementLink).values(
                    **common,
                    link_id=link_id,
                    statement_id=statement_id,
                    patient_ids=[],
                    channel="email",
                    token_hash=link_id.bytes,
                    state=state.value,
                    created_at=at,
                    created_by="test",
                    expires_at=NOW + timedelta(days=365),
                    wrong_tries=0,
                )
            )
            session.execute(
                insert(StatementLinkEvent).values(
                    **common,
                    event_id=new_id(),
                    link_id=link_id,
                    state=state.value,
                    occurred_at=at,
                )
            )

        self.write(issue)

    def lettered(self, state: LetterState) -> None:
        """Its statement's letter, in a run of its own, came so far."""
        run_id = new_id()
        common = {"practice_id": self.practice_id, "run_id": run_id, "state_at": NOW}

        def send(session: Session) -> None:
            session.execute(  # the one before did not go
                update(PrintRunLetter)
                .where(PrintRunLetter.practice_id == self.practice_id)
                .values(state=LetterState.SPOILED.value)
            )
            session.execute(
                insert(PrintRun).values(
                    **common,
                    number=run_id.int % 1_000_000,
                    started_at=NOW,
                    started_by=run_id,
                    is_duplex=True,
                    state=RunState.HANDED_OVER.value,
                )
            )
            session.execute(
                insert(PrintRunLetter).values(
                    **common,
                    sequence=1,
                    guarantor_id=self.guarantor_id,
                    statement_id=session.scalars(
                        select(Statement.statement_id).where(
                            Statement.guarantor_id == self.guarantor_id
                        )
                    ).one(),
                    why="chose_paper",
                    language="en",
                    is_large=False,
                    state=state.value,
                )
            )

        self.write(send)

    def hold(self, kind: str) -> None:
        self.write(
            lambda session: session.execute(
                insert(Hold).values(
                    practice_id=self.practice_id,
                    hold_id=new_id(),
                    guarantor_id=self.guarantor_id,
                    kind=kind,
                    reason="a test",
                    placed_at=NOW,
                    placed_by="test",
                )
            )
        )

    def post(self, entry: JournalEntry) -> None:
        self.write(lambda session: post(session, entry, now=NOW))

    def credited(self, cents: int) -> None:
        """Money that pays nothing yet."""
        receipts, credit = LedgerAccount.PRACTICE_RECEIPTS, LedgerAccount.UNAPPLIED_CREDIT
        self.post(
            JournalEntry(
                BusinessEvent.RECEIPT_RECORDED,
                str(new_id()),
                TODAY,
                self.guarantor_id,
                (Posting(receipts, cents), Posting(credit, -cents)),
            )
        )

    def balance(self, account: LedgerAccount) -> int:
        return self.write(
            lambda session: int(
                session.scalar(
                    select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
                        PostingRow.practice_id == practice_of(session),
                        PostingRow.guarantor_id == self.guarantor_id,
                        PostingRow.account == account.value,
                    )
                )
                or 0
            )
        )

    def write(self, act: Callable[[Session], Read]) -> Read:
        with self.database.transaction(self.job) as session:
            return act(session)

    @property
    def plan(self) -> Plan:
        return self.write(
            lambda session: session.scalars(
                select(Plan).where(
                    Plan.practice_id == practice_of(session), Plan.plan_id == self.plan_id
                )
            ).one()
        )


def make_debtor(
    database: Database,
    practice_id: UUID,
    account_number: str,
    *,
    cents: int = 8_000,
    email: str | None = "somebody@example.com",
) -> Debtor:
    """Owes one visit of March; agreed to e-mail."""
    guarantor_id = make_guarantor(database, practice_id, account_number=account_number, email=email)
    one = Debtor(database, practice_id, guarantor_id, Owed(Target(None, None), cents))
    one.owed = _owe(one, f"VISIT-{account_number}", cents)
    one.write(partial(_live_in, "NY"))  # where a plan's law is 120 days
    return one


def _owe(one: Debtor, claim_number: str, cents: int) -> Owed:
    patient_id = make_patient(one.database, one.practice_id, guarantor_id=one.guarantor_id)
    claim_id, (charge_id,) = make_claim(
        one.database,
        one.practice_id,
        guarantor_id=one.guarantor_id,
        patient_id=patient_id,
        claim_number=claim_number,
        service_on=date(2026, 3, 2),
        charges=(("99213", cents),),
    )
    owed = Owed(Target(claim_id, charge_id), cents)
    gross = LedgerAccount.GROSS_CHARGES
    legs = (
        Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, owed.target),
        Posting(gross, -cents, owed.target),
    )
    one.post(
        JournalEntry(
            BusinessEvent.SELF_PAY_CHARGED, str(claim_id), date(2026, 3, 2), one.guarantor_id, legs
        )
    )
    return owed


def _live_in(state: str, session: Session) -> None:
    for table in (Guarantor, Practice):
        here = table.practice_id == practice_of(session)
        session.execute(update(table).where(here).values(state=state))

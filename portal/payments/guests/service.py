"""A guest pays: a code and an amount in, the address of Stripe's page out, or one plain no.

The code is no key. No principal is made of it: the portal itself looks, as a job, and hands out
nothing but the id of a payment, so that no page of a guest's can read a row of anyone.

What a no would tell. A wrong code, a statement that is paid, held or taken back, and an amount that
is too large are refused in the same words, and all count as wrong for the address they come from
(portal/auth/wrong_tries.py). Still, whoever holds a right code learns one bit from each amount:
yes, or no. Halving the distance each time would find what is due in 17 questions; so a code answers
for ANSWERS_MAX different amounts in all its life, whatever it said, and is then refused like a
wrong one. The same amount again is no new question. Six bits narrow a balance of up to $1,000 down
to a span of $16 at best, for somebody whom the patient trusted with the code; the next statement
brings a new one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.auth.wrong_tries import count_answer, note_wrong_answer, take_back_answer
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, practice_of
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_choice import PaymentChoice
from portal.domain.payment_status import PaymentState
from portal.domain.statement_code import read_code
from portal.payments.access import StatementDue, payable
from portal.payments.guests.models import GuestAnswer
from portal.payments.models import Payment
from portal.payments.moves import lock_guarantor, payment_of
from portal.payments.service import (
    AmountRefusedError,
    BalanceChangedError,
    confirm_payment,
    start_payment,
)

ANSWERS_MAX: Final = 6
"""How many different amounts may be asked of one code."""

BEGUN_A_DAY: Final = 10
"""How many pages of Stripe's guests may open for one statement within a day.

While one is open, nobody else can begin: nothing that its patient agreed to is charged either.
"""

_ROLE: Final = "guest payment"


class StatementByCode(Protocol):
    """Statements know their codes; whoever composes hands their answer to payments."""

    def __call__(self, session: Session, code: str, /) -> UUID | None: ...


class NotPayableError(LookupError):
    """The one no: it carries nothing that says why."""


class GuestPausedError(RuntimeError):
    """Too many were refused that came from there: this one was not looked at."""


@dataclass(frozen=True, slots=True)
class GuestWish:
    """What somebody typed, and what to do with it."""

    typed_code: str
    amount_cents: int
    language: str
    return_url: Callable[[UUID], str]
    """Where Stripe sends the guest back to, of a payment."""


@dataclass(frozen=True, slots=True)
class GuestStart:
    """``address`` is Stripe's page; None when Stripe gave no answer (yet)."""

    payment_id: UUID
    address: str | None


@dataclass(frozen=True, slots=True)
class GuestDesk:
    """What a practice's page for guests works with."""

    database: Database
    gateway: PaymentGateway
    practice_id: UUID
    statement_by_code: StatementByCode
    statement_due: StatementDue

    @property
    def job(self) -> Principal:
        """Sees everything, which is why nothing it reads leaves this module."""
        return Principal.job(self.practice_id, role=_ROLE)


def begin_guest_payment(
    desk: GuestDesk, wish: GuestWish, *, source: bytes, now: datetime, request_id: str
) -> GuestStart:
    """Start a payment and open Stripe's page for it, if the code and the amount are right.

    ``source`` is where they come from (`source_of_codes`). Raises NotPayableError and
    GuestPausedError.
    """
    counted = count_answer(desk.database, source, now=now)
    if counted is None:
        raise GuestPausedError
    try:
        started = _begin(desk, wish, now=now, request_id=request_id)
    except NotPayableError:
        note_wrong_answer(desk.database, counted, now=now)
        raise
    except Exception:  # nobody learned whether it was wrong
        take_back_answer(desk.database, counted, now=now)
        raise
    take_back_answer(desk.database, counted, now=now)
    return started


def _begin(desk: GuestDesk, wish: GuestWish, *, now: datetime, request_id: str) -> GuestStart:
    with desk.database.transaction(desk.job) as session:
        statement_id = _statement(session, desk, wish.typed_code)
        due = payable(session, statement_id, statement_due=desk.statement_due)
        lock_guarantor(session, due.guarantor_id)
        _require_few_begun(session, statement_id, now=now)
        _note_question(session, statement_id, wish.amount_cents, now=now)
    try:
        payment_id = start_payment(
            desk.database,
            desk.job,
            statement_id=statement_id,
            amount_cents=wish.amount_cents,
            choice=PaymentChoice.PART,
            channel=PaymentChannel.GUEST,
            statement_due=desk.statement_due,
            now=now,
        )
        address = confirm_payment(
            desk.database,
            desk.gateway,
            desk.job,
            payment_id=payment_id,
            due_seen_cents=due.due_now_cents,
            return_url=wish.return_url(payment_id),
            language=wish.language,
            statement_due=desk.statement_due,
            now=now,
            request_id=request_id,
        )
    except (AmountRefusedError, BalanceChangedError) as refusal:
        raise NotPayableError from refusal
    if address is None and _was_not_begun(desk, payment_id):
        raise NotPayableError
    return GuestStart(payment_id, address)


def _statement(session: Session, desk: GuestDesk, typed_code: str) -> UUID:
    code = read_code(typed_code)
    statement_id = desk.statement_by_code(session, code) if code is not None else None
    if statement_id is None:
        raise NotPayableError
    return statement_id


def _note_question(
    session: Session, statement_id: UUID, amount_cents: int, *, now: datetime
) -> None:
    """Written down before it is answered, with the guarantor locked: many at once are counted."""
    asked = session.scalars(
        select(GuestAnswer.amount_cents).where(
            GuestAnswer.practice_id == practice_of(session),
            GuestAnswer.statement_id == statement_id,
        )
    ).all()
    if amount_cents in asked:
        return
    if len(asked) >= ANSWERS_MAX:
        raise NotPayableError
    session.execute(
        insert(GuestAnswer).values(
            practice_id=practice_of(session),
            statement_id=statement_id,
            amount_cents=amount_cents,
            answered_at=now,
        )
    )


def _require_few_begun(session: Session, statement_id: UUID, *, now: datetime) -> None:
    begun = session.scalar(
        select(func.count()).where(
            Payment.practice_id == practice_of(session),
            Payment.statement_id == statement_id,
            Payment.channel == PaymentChannel.GUEST.value,
            Payment.started_at > now - timedelta(days=1),
        )
    )
    if begun is not None and begun >= BEGUN_A_DAY:
        raise NotPayableError


def _was_not_begun(desk: GuestDesk, payment_id: UUID) -> bool:
    """Another payment of the same person is in the way, which is nobody else's business."""
    with desk.database.transaction(desk.job) as session:
        return payment_of(session, payment_id).state == PaymentState.PREPARED.value

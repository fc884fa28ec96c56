"""What a patient does about ways to pay: save one, choose the first, remove one.

Written down before Stripe is called, with the setup's id as idempotency key; what comes of it is
apply.py's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.payment_gateway import GatewayError, GatewayRefused, GatewayUnavailable
from portal.connectors.saved_methods import SavedMethods
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.agreement_texts import Agreement, AgreementFacts, AgreementKind, agreement
from portal.domain.method_setup import UNFINISHED_SETUPS, SetupState
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import AT_THE_PROCESSOR, PaymentState
from portal.payments.methods.apply import (
    apply_saved_methods,
    make_default,
    move_setup_to,
    record_page,
    remove,
)
from portal.payments.methods.consents import Consent, keep_consent, note
from portal.payments.methods.customers import customer_of, ensure_customer
from portal.payments.methods.models import MethodSetup, SavedMethod
from portal.payments.models import Payment
from portal.payments.moves import lock_guarantor, lock_payment, payment_of
from portal.practice.contact import practice_contact
from portal.web.logs import log

SAVABLE: Final = (MethodKind.CARD, MethodKind.BANK_DEBIT)
PAGE_LIFETIME: Final = timedelta(minutes=60)
_NEVER_MADE_AFTER: Final = timedelta(days=1)
_LEFT_ALONE_FOR: Final = timedelta(minutes=3)


class SetupNotFoundError(LookupError):
    """No such attempt to save, or not this person's."""


class SavedMethodNotFoundError(LookupError):
    """No such saved method, or it is kept no more, or not this person's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to save, and where they ticked the box."""

    method_kind: MethodKind
    statement_id: UUID | None  # where they want to go on
    language: str
    address_hash: bytes


def saving_wording(session: Session, *, language: str) -> Agreement:
    """What is agreed to when a way to pay is saved, in today's words."""
    practice = practice_contact(session)
    facts = AgreementFacts(practice=practice.name, phone=practice.phone)
    return agreement(AgreementKind.SAVE_METHOD, facts, language=language)


def begin_saving(
    database: Database,
    stripe: SavedMethods,
    principal: Principal,
    wish: Wish,
    *,
    guarantor_id: UUID,
    return_url: Callable[[UUID], str],
    now: datetime,
    request_id: str,
) -> tuple[UUID, str | None]:
    """The attempt, and the address of Stripe's page for it; None when Stripe gave none.

    ``return_url`` makes the address to come back to from the attempt's id.
    """
    with database.transaction(principal) as session:
        lock_guarantor(session, guarantor_id)
        setup = _write_down(session, wish, guarantor_id=guarantor_id, now=now)
        session.add(setup)
        _note(session, setup, now=now)
        _audit(session, "save_method", setup.setup_id, guarantor_id, now=now, request_id=request_id)
    try:
        customer = ensure_customer(database, stripe, principal, guarantor_id, now=now)
        page = stripe.start_setup(
            setup_id=setup.setup_id,
            customer_id=customer.customer_id,
            method_kind=wish.method_kind.value,
            return_url=return_url(setup.setup_id),
            expires_at=now + PAGE_LIFETIME,
            locale=wish.language,
            stripe_account=customer.stripe_account,
        )
    except GatewayUnavailable:
        return setup.setup_id, None
    except GatewayRefused as refusal:
        _fail(database, principal, setup.setup_id, f"Stripe refused: {refusal.code}", now=now)
        return setup.setup_id, None
    with database.transaction(principal) as session:
        record_page(session, _lock_setup(session, setup.setup_id), page, now=now)
    return setup.setup_id, page.url


def keep_with_payment(
    database: Database,
    stripe: SavedMethods,
    principal: Principal,
    payment_id: UUID,
    *,
    guarantor_id: UUID,
    language: str,
    address_hash: bytes,
    now: datetime,
) -> None:
    """The box beside a payment was ticked: keep what it is paid with.

    Where Stripe does not answer it is paid and not kept. Raises PaymentNotFoundError.
    """
    try:
        customer = ensure_customer(database, stripe, principal, guarantor_id, now=now)
    except GatewayError:
        return
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        if payment.state != PaymentState.PREPARED.value or payment.guarantor_id != guarantor_id:
            return
        payment.customer_id = customer.customer_id
        if _setup_of_payment(session, payment_id) is None:
            wish = Wish(MethodKind.CARD, None, language, address_hash)
            setup = _write_down(session, wish, guarantor_id=guarantor_id, now=now)
            setup.payment_id = payment_id
            session.add(setup)
            _note(session, setup, now=now)


def keep_nothing(
    database: Database, principal: Principal, payment_id: UUID, *, now: datetime
) -> None:
    """The box is not ticked, or not any more. Raises PaymentNotFoundError."""
    with database.transaction(principal) as session:
        if payment_of(session, payment_id).customer_id is None:
            return
        payment = lock_payment(session, payment_id)
        if payment.state != PaymentState.PREPARED.value:
            return
        payment.customer_id = None
        setup = _setup_of_payment(session, payment_id)
        if setup is not None:
            move_setup_to(session, setup, SetupState.EXPIRED, now=now, detail="not wanted")


def saving_sentences(database: Database, principal: Principal, *, language: str) -> tuple[str, ...]:
    """The wording beside a box, before anything is saved."""
    with database.transaction(principal) as session:
        return saving_wording(session, language=language).sentences


def _setup_of_payment(session: Session, payment_id: UUID) -> MethodSetup | None:
    return session.scalar(
        select(MethodSetup).where(
            MethodSetup.practice_id == practice_of(session), MethodSetup.payment_id == payment_id
        )
    )


def choose_default(
    database: Database, principal: Principal, method_id: UUID, *, now: datetime, request_id: str
) -> None:
    """The one that is offered first. Raises SavedMethodNotFoundError."""
    with database.transaction(principal) as session:
        method = _lock_method(session, method_id)
        make_default(session, method, now=now)
        _audit(
            session, "choose_method", method_id, method.guarantor_id, now=now, request_id=request_id
        )


def remove_method(
    database: Database,
    stripe: SavedMethods,
    principal: Principal,
    method_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> None:
    """Keep it no more, here and at Stripe; what would have been charged to it ends.

    Here first: whatever Stripe answers, nothing is charged to it from now on. What Stripe could not
    be told is told by the sweep. Raises SavedMethodNotFoundError.
    """
    with database.transaction(principal) as session:
        method = _lock_method(session, method_id)
        remove(session, method, now=now, detail="by the patient")
        _audit(
            session, "remove_method", method_id, method.guarantor_id, now=now, request_id=request_id
        )
    _detach(database, stripe, principal, method_id, now=now)


def sweep_setups(
    database: Database, stripe: SavedMethods, practice_id: UUID, *, now: datetime
) -> int:
    """Look up every attempt to save that has not ended; how many persons that were.

    It is what completes one when nobody came back and no webhook arrived.
    """
    principal = Principal.job(practice_id, role="sweep setups")
    with database.transaction(principal) as session:
        waiting = _waiting(session, before=now - _LEFT_ALONE_FOR)
        removed = _not_detached(session)
    for method_id in removed:
        _detach(database, stripe, principal, method_id, now=now)
    for guarantor_id in waiting:
        try:
            apply_saved_methods(database, stripe, practice_id, guarantor_id, now=now)
        except GatewayError:
            continue
        with database.transaction(principal) as session:
            lock_guarantor(session, guarantor_id)
            _end_what_is_over(session, guarantor_id, now=now)
    return len(waiting)


def _waiting(session: Session, *, before: datetime) -> Sequence[UUID]:
    return session.scalars(
        select(MethodSetup.guarantor_id)
        .where(
            MethodSetup.practice_id == practice_of(session),
            MethodSetup.state.in_([state.value for state in UNFINISHED_SETUPS]),
            MethodSetup.state_at <= before,
        )
        .distinct()
    ).all()


def _not_detached(session: Session) -> Sequence[UUID]:
    return session.scalars(
        select(SavedMethod.method_id).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.removed_at.is_not(None),
            SavedMethod.detached_at.is_(None),
        )
    ).all()


def _detach(
    database: Database,
    stripe: SavedMethods,
    principal: Principal,
    method_id: UUID,
    *,
    now: datetime,
) -> None:
    """Tell Stripe to keep it no more; without an answer, the sweep tells it again."""
    wanted = select(SavedMethod).where(SavedMethod.method_id == method_id)
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        method = session.scalars(wanted.where(SavedMethod.practice_id == practice_id)).one()
        customer = customer_of(session, method.guarantor_id)
    try:
        if customer is not None:
            stripe.detach(method.payment_method_id, stripe_account=customer.stripe_account)
    except GatewayError:
        log.warning("method not detached", method_id=method_id)
        return
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        session.scalars(
            wanted.where(SavedMethod.practice_id == practice_id)
        ).one().detached_at = now


def _end_what_is_over(session: Session, guarantor_id: UUID, *, now: datetime) -> None:
    """Pages that were never made, and boxes ticked beside a payment that has ended."""
    for setup in session.scalars(
        select(MethodSetup).where(
            MethodSetup.practice_id == practice_of(session),
            MethodSetup.guarantor_id == guarantor_id,
            MethodSetup.state.in_([state.value for state in UNFINISHED_SETUPS]),
        )
    ):
        if setup.payment_id is not None:
            _end_with_payment(session, setup, setup.payment_id, now=now)
        elif setup.checkout_session_id is None and now >= setup.created_at + _NEVER_MADE_AFTER:
            move_setup_to(session, setup, SetupState.EXPIRED, now=now, detail="never made")


def _end_with_payment(
    session: Session, setup: MethodSetup, payment_id: UUID, *, now: datetime
) -> None:
    state = session.scalar(
        select(Payment.state).where(
            Payment.practice_id == practice_of(session), Payment.payment_id == payment_id
        )
    )
    if state in (PaymentState.SUCCEEDED, PaymentState.SUSPENDED):
        move_setup_to(session, setup, SetupState.SAVED, now=now)
    elif state not in AT_THE_PROCESSOR | {PaymentState.PREPARED}:
        move_setup_to(session, setup, SetupState.EXPIRED, now=now)


def _write_down(session: Session, wish: Wish, *, guarantor_id: UUID, now: datetime) -> MethodSetup:
    consent = Consent(saving_wording(session, language=wish.language), wish.address_hash)
    return MethodSetup(
        practice_id=practice_of(session),
        setup_id=new_id(),
        guarantor_id=guarantor_id,
        consent_id=keep_consent(session, consent, guarantor_id=guarantor_id, now=now),
        statement_id=wish.statement_id,
        method_kind=wish.method_kind.value,
        language=wish.language,
        state=SetupState.STARTING.value,
        state_at=now,
        created_at=now,
    )


def _fail(
    database: Database, principal: Principal, setup_id: UUID, detail: str, *, now: datetime
) -> None:
    with database.transaction(principal) as session:
        setup = _lock_setup(session, setup_id)
        if setup.state == SetupState.STARTING.value:
            move_setup_to(session, setup, SetupState.FAILED, now=now, detail=detail)


def _lock_setup(session: Session, setup_id: UUID) -> MethodSetup:
    found = session.scalar(
        select(MethodSetup)
        .where(MethodSetup.practice_id == practice_of(session), MethodSetup.setup_id == setup_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise SetupNotFoundError(setup_id)
    return found


def _lock_method(session: Session, method_id: UUID) -> SavedMethod:
    """A live one, with its guarantor locked. Raises SavedMethodNotFoundError."""
    found = select(SavedMethod).where(
        SavedMethod.practice_id == practice_of(session),
        SavedMethod.method_id == method_id,
        SavedMethod.removed_at.is_(None),
    )
    method = session.scalar(found)
    if method is None:
        raise SavedMethodNotFoundError(method_id)
    lock_guarantor(session, method.guarantor_id)
    method = session.scalar(found.with_for_update().execution_options(populate_existing=True))
    if method is None:
        raise SavedMethodNotFoundError(method_id)
    return method


def _note(session: Session, setup: MethodSetup, *, now: datetime) -> None:
    note(
        session,
        guarantor_id=setup.guarantor_id,
        subject_id=setup.setup_id,
        state=setup.state,
        now=now,
    )


def _audit(
    session: Session,
    action: str,
    object_id: UUID,
    guarantor_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action=action,
        object_kind="saved_method",
        object_id=object_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )

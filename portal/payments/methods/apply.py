"""What is kept at Stripe for a guarantor: one function for webhook, return page and sweep.

Stripe is asked for everything it keeps, and our rows are brought in line: what is new is added with
the consent it was saved by, what the network renewed is renewed, what is gone is removed. A late,
repeated or stale event changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.connectors.payment_gateway import CheckoutStatus, GatewayEvent, UnknownObject
from portal.connectors.saved_methods import KeptMethod, SavedMethods, SetupPage
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.agreement_texts import AgreementKind
from portal.domain.method_setup import UNFINISHED_SETUPS, SetupState, is_setup_move
from portal.domain.payment_status import AT_THE_PROCESSOR, PaymentState
from portal.messages.service import MessageTemplate
from portal.payments.inbox import note_event, payment_id_of
from portal.payments.methods.consents import note
from portal.payments.methods.customers import (
    CustomerRef,
    customer_of,
    forget_customer,
    guarantor_of_customer,
)
from portal.payments.methods.models import MethodSetup, PaymentConsent, SavedMethod
from portal.payments.models import Payment
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.endings import carry_to, end_what_uses
from portal.practice.tasks import open_task

_ADDED, _RENEWED, _REMOVED, _CHOSEN = "added", "renewed", "removed", "chosen"
_ATTACHED_ELSEWHERE = "method_without_consent"
_DELETED = "customer.deleted"
_PAGES_THAT_STAND = [state.value for state in (*UNFINISHED_SETUPS, SetupState.SAVED)]
_PAYMENTS_THAT_KEEP = [
    state.value for state in (*AT_THE_PROCESSOR, PaymentState.SUCCEEDED, PaymentState.SUSPENDED)
]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What Stripe is asked about."""

    customer: CustomerRef | None
    setups: tuple[tuple[UUID, str | None], ...]  # id, page
    live: frozenset[UUID]  # what we kept when Stripe was asked: only that can be found to be gone


@dataclass(frozen=True, slots=True)
class _Answer:
    """``kept`` is None when the customer was deleted there."""

    kept: tuple[KeptMethod, ...] | None
    setups: Mapping[UUID, SetupPage | None]


def apply_saved_methods(
    database: Database,
    stripe: SavedMethods,
    practice_id: UUID,
    guarantor_id: UUID,
    *,
    now: datetime,
    event: GatewayEvent | None = None,
) -> None:
    """Bring what we know in line with what Stripe keeps. Raises GatewayError, changing nothing.

    ``event`` is the signed hint that led here, kept in the same commit.
    """
    principal = Principal.job(practice_id, role="apply saved methods")
    with database.transaction(principal) as session:
        asked = _Asked(
            customer_of(session, guarantor_id),
            _unfinished(session, guarantor_id),
            frozenset(one.method_id for one in live_methods(session, guarantor_id)),
        )
    answer = _ask(stripe, asked)
    if event is not None and event.type == _DELETED:
        answer = replace(answer, kept=None)
    with database.transaction(principal) as session:
        lock_guarantor(session, guarantor_id)
        if event is not None and not note_event(session, event, outcome="applied", now=now):
            return
        _record_setups(session, guarantor_id, answer, now=now)
        # By now another may be kept under another customer: the answer says nothing of that.
        if asked.customer is not None and customer_of(session, guarantor_id) == asked.customer:
            _record_methods(session, guarantor_id, answer.kept, asked.live, now=now)


def guarantor_of_event(session: Session, event: GatewayEvent) -> UUID | None:
    """Whose saved methods an event is about; None when they are nobody's of ours."""
    if event.customer_id is not None:
        found = guarantor_of_customer(session, event.customer_id)
        if found is not None:
            return found
    setup = select(MethodSetup.guarantor_id).where(
        MethodSetup.practice_id == practice_of(session),
        or_(
            MethodSetup.setup_id == payment_id_of(event.reference),
            MethodSetup.checkout_session_id == event.object_id,
        ),
    )
    method = select(SavedMethod.guarantor_id).where(
        SavedMethod.practice_id == practice_of(session),
        SavedMethod.payment_method_id == event.payment_method_id,
    )
    return session.scalar(setup.limit(1)) or session.scalar(method)


def live_methods(session: Session, guarantor_id: UUID) -> Sequence[SavedMethod]:
    """Those that are kept now, oldest first."""
    return session.scalars(
        select(SavedMethod)
        .where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.guarantor_id == guarantor_id,
            SavedMethod.removed_at.is_(None),
        )
        .order_by(SavedMethod.added_at, SavedMethod.method_id)
    ).all()


def make_default(session: Session, method: SavedMethod, *, now: datetime) -> None:
    """The one that pages offer first; the guarantor is locked."""
    if method.is_default:
        return
    for other in live_methods(session, method.guarantor_id):
        other.is_default = False
    session.flush()
    method.is_default = True
    _note(session, method, _CHOSEN, now=now)


def remove(session: Session, method: SavedMethod, *, now: datetime, detail: str = "") -> None:
    """It is kept no more: what would have been charged to it ends; the guarantor is locked."""
    was_default = method.is_default
    method.removed_at, method.is_default = now, False
    _note(session, method, _REMOVED, now=now, detail=detail)
    end_what_uses(session, method.method_id, guarantor_id=method.guarantor_id, now=now)
    others = live_methods(session, method.guarantor_id)
    if was_default and others:
        make_default(session, others[0], now=now)


def _unfinished(session: Session, guarantor_id: UUID) -> tuple[tuple[UUID, str | None], ...]:
    rows = session.scalars(
        select(MethodSetup).where(
            MethodSetup.practice_id == practice_of(session),
            MethodSetup.guarantor_id == guarantor_id,
            MethodSetup.payment_id.is_(None),
            MethodSetup.state.in_([state.value for state in UNFINISHED_SETUPS]),
        )
    )
    return tuple((row.setup_id, row.checkout_session_id) for row in rows)


def _ask(stripe: SavedMethods, asked: _Asked) -> _Answer:
    if asked.customer is None:
        return _Answer((), {})
    customer, account = asked.customer.customer_id, asked.customer.stripe_account
    pages = {
        setup_id: stripe.look_up_setup(session_id, stripe_account=account)
        if session_id
        else stripe.find_setup(setup_id, customer_id=customer, stripe_account=account)
        for setup_id, session_id in asked.setups
    }
    try:
        kept = stripe.methods_of(customer, stripe_account=account)
    except UnknownObject:
        return _Answer(None, pages)
    return _Answer(kept, pages)


def _record_setups(session: Session, guarantor_id: UUID, answer: _Answer, *, now: datetime) -> None:
    for setup in session.scalars(
        select(MethodSetup).where(
            MethodSetup.practice_id == practice_of(session),
            MethodSetup.guarantor_id == guarantor_id,
            MethodSetup.setup_id.in_(answer.setups),
        )
    ):
        page = answer.setups[setup.setup_id]
        if page is not None:
            record_page(session, setup, page, now=now)


def record_page(session: Session, setup: MethodSetup, page: SetupPage, *, now: datetime) -> None:
    """Move a setup to where Stripe's page of it is."""
    setup.checkout_session_id = page.id
    setup.checkout_url = page.url or setup.checkout_url
    if page.has_saved:
        state = SetupState.SAVED
    elif page.status is CheckoutStatus.EXPIRED:
        state = SetupState.EXPIRED
    elif page.status is CheckoutStatus.OPEN:
        state = SetupState.OPEN
    else:
        return  # complete, and the bank has yet to say whether it is saved
    move_setup_to(session, setup, state, now=now)


def move_setup_to(
    session: Session, setup: MethodSetup, state: SetupState, *, now: datetime, detail: str = ""
) -> None:
    """Move a setup whose guarantor is locked, and append the event. Raises on an unknown move."""
    if not is_setup_move(SetupState(setup.state), wanted=state):
        return
    setup.state, setup.state_at = state.value, now
    note(
        session,
        guarantor_id=setup.guarantor_id,
        subject_id=setup.setup_id,
        state=state.value,
        now=now,
        detail=detail,
    )


def _record_methods(
    session: Session,
    guarantor_id: UUID,
    kept: tuple[KeptMethod, ...] | None,
    live: frozenset[UUID],
    *,
    now: datetime,
) -> None:
    if kept is None:
        forget_customer(session, guarantor_id)
    listed = {one.id for one in kept or ()}
    usable = {one.id: one for one in kept or () if not one.is_blocked}
    known = {one.payment_method_id: one for one in _ever_known(session, guarantor_id)}
    for method in known.values():
        if method.method_id not in live or method.removed_at is not None:
            continue
        if method.payment_method_id not in usable:
            remove(session, method, now=now, detail="gone at Stripe")
            if method.payment_method_id not in listed:
                method.detached_at = now
    for method_id in usable.keys() & known.keys():
        if known[method_id].removed_at is None:
            _renew(session, known[method_id], usable[method_id], now=now)
    for method_id in [one for one in usable if one not in known]:
        _add(session, guarantor_id, usable[method_id], now=now)


def _ever_known(session: Session, guarantor_id: UUID) -> Sequence[SavedMethod]:
    return session.scalars(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.guarantor_id == guarantor_id,
        )
    ).all()


def _add(session: Session, guarantor_id: UUID, one: KeptMethod, *, now: datetime) -> None:
    """Only what somebody agreed to; what was attached at Stripe's own pages is for staff."""
    consent_id = _unused_consent(session, guarantor_id)
    if consent_id is None:
        open_task(
            session,
            kind=_ATTACHED_ELSEWHERE,
            subject_id=guarantor_id,
            message=f"Stripe keeps {one.id}, and nobody agreed to that here. Remove it there.",
            now=now,
        )
        return
    method = SavedMethod(
        practice_id=practice_of(session),
        method_id=new_id(),
        guarantor_id=guarantor_id,
        consent_id=consent_id,
        payment_method_id=one.id,
        kind=one.kind,
        brand=one.brand,
        last4=one.last4,
        exp_month=one.exp_month,
        exp_year=one.exp_year,
        fingerprint=one.fingerprint,
        is_default=not live_methods(session, guarantor_id),
        added_at=now,
    )
    session.add(method)
    _note(session, method, _ADDED, now=now)
    queue_mail(session, MessageTemplate.METHOD_SAVED, guarantor_id=guarantor_id, now=now)
    _take_over(session, method, now=now)


def _take_over(session: Session, method: SavedMethod, *, now: datetime) -> None:
    """The same number was kept before: the newer stays, with all that was agreed to for it."""
    for earlier in live_methods(session, method.guarantor_id):
        is_same = (earlier.kind, earlier.fingerprint) == (method.kind, method.fingerprint)
        if earlier.method_id == method.method_id or not method.fingerprint or not is_same:
            continue
        was_default = earlier.is_default
        earlier.removed_at, earlier.is_default = now, False
        earlier.replaced_by = method.method_id
        _note(session, earlier, _REMOVED, now=now, detail="saved again")
        carry_to(session, earlier.method_id, method.method_id, now=now)
        if was_default:
            make_default(session, method, now=now)


def _unused_consent(session: Session, guarantor_id: UUID) -> UUID | None:
    """The newest that stands and by which nothing was saved yet: each is good for one way to pay.

    That of a page stands unless the page came to nothing; that of a box beside a payment, when the
    payment went to Stripe with the box ticked.
    """
    practice_id = practice_of(session)
    return session.scalar(
        select(PaymentConsent.consent_id)
        .join(
            MethodSetup,
            (MethodSetup.practice_id == practice_id)
            & (MethodSetup.consent_id == PaymentConsent.consent_id),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == MethodSetup.payment_id),
        )
        .outerjoin(
            SavedMethod,
            (SavedMethod.practice_id == practice_id)
            & (SavedMethod.consent_id == PaymentConsent.consent_id),
        )
        .where(
            PaymentConsent.practice_id == practice_id,
            PaymentConsent.guarantor_id == guarantor_id,
            PaymentConsent.kind == AgreementKind.SAVE_METHOD.value,
            SavedMethod.method_id.is_(None),
            or_(
                MethodSetup.payment_id.is_(None) & MethodSetup.state.in_(_PAGES_THAT_STAND),
                Payment.customer_id.is_not(None) & Payment.state.in_(_PAYMENTS_THAT_KEEP),
            ),
        )
        .order_by(PaymentConsent.consent_id.desc())
        .limit(1)
    )


def _renew(session: Session, method: SavedMethod, one: KeptMethod, *, now: datetime) -> None:
    method.fingerprint = one.fingerprint
    seen = (one.brand, one.last4, one.exp_month, one.exp_year)
    if seen == (method.brand, method.last4, method.exp_month, method.exp_year):
        return
    method.brand, method.last4, method.exp_month, method.exp_year = seen
    method.renewed_at, method.told_expiring_on = now, None
    _note(session, method, _RENEWED, now=now)


def _note(
    session: Session, method: SavedMethod, state: str, *, now: datetime, detail: str = ""
) -> None:
    note(
        session,
        guarantor_id=method.guarantor_id,
        subject_id=method.method_id,
        state=state,
        now=now,
        detail=detail,
    )

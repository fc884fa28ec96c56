"""What the pages of saved methods say: frozen views, days where the practice is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.method_setup import SetupState, expires_soon, has_expired
from portal.payments.methods.apply import live_methods
from portal.payments.methods.models import MethodSetup, SavedMethod
from portal.payments.methods.service import (
    SavedMethodNotFoundError,
    SetupNotFoundError,
    saving_wording,
)
from portal.payments.scheduled.endings import standing_agreement
from portal.payments.scheduled.views import ScheduledRow, payments_to_come
from portal.practice.contact import PracticeContact, practice_contact


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One way to pay. ``expires``: "", "soon" or "over"."""

    method_id: UUID
    kind: str
    brand: str
    last4: str
    exp_month: int | None
    exp_year: int | None
    is_default: bool
    expires: str
    renewed_on: date | None


@dataclass(frozen=True, slots=True)
class AutopayRow:
    """Autopay as it stands."""

    method_id: UUID
    cap_cents: int
    days_after: int
    started_on: date


@dataclass(frozen=True, slots=True)
class MethodsPage:
    """All of an account: ways to pay, charges to come, autopay."""

    practice: PracticeContact
    statement_id: UUID
    methods: tuple[MethodRow, ...]
    charges: tuple[ScheduledRow, ...]
    autopay: AutopayRow | None


@dataclass(frozen=True, slots=True)
class AddPage:
    """Before something is saved: the wording that is agreed to."""

    practice: PracticeContact
    statement_id: UUID
    wording: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetupPage:
    """What became of an attempt to save. ``then_statement_id``: where they wanted to go on."""

    practice: PracticeContact
    statement_id: UUID
    setup_id: UUID
    state: SetupState
    method_kind: str
    address: str
    then_statement_id: UUID | None
    method: MethodRow | None


@dataclass(frozen=True, slots=True)
class RemovePage:
    """Before one is removed: what ends with it."""

    practice: PracticeContact
    statement_id: UUID
    method: MethodRow
    charges: tuple[ScheduledRow, ...]
    ends_autopay: bool


def methods_page(
    database: Database,
    principal: Principal,
    *,
    guarantor_id: UUID,
    statement_id: UUID,
    now: datetime,
    request_id: str,
) -> MethodsPage:
    """With a row in the audit log. ``statement_id`` is the one the browser opened."""
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        _audit(session, "view_methods", guarantor_id, now=now, request_id=request_id)
        return MethodsPage(
            practice=practice,
            statement_id=statement_id,
            methods=method_rows(session, guarantor_id, practice=practice, now=now),
            charges=payments_to_come(session, guarantor_id),
            autopay=autopay_row(session, guarantor_id, practice=practice),
        )


def add_page(
    database: Database,
    principal: Principal,
    *,
    statement_id: UUID,
    language: str,
) -> AddPage:
    """Nothing of a person: only the practice's words."""
    with database.transaction(principal) as session:
        return AddPage(
            practice=practice_contact(session),
            statement_id=statement_id,
            wording=saving_wording(session, language=language).sentences,
        )


def require_setup(database: Database, principal: Principal, setup_id: UUID) -> None:
    """Raises SetupNotFoundError for what is not this person's."""
    with database.transaction(principal) as session:
        _setup_of(session, setup_id)


def setup_page(
    database: Database,
    principal: Principal,
    setup_id: UUID,
    *,
    guarantor_id: UUID,
    statement_id: UUID,
    now: datetime,
    request_id: str,
) -> SetupPage:
    """With a row in the audit log. Raises SetupNotFoundError."""
    with database.transaction(principal) as session:
        setup = _setup_of(session, setup_id)
        practice = practice_contact(session)
        _audit(session, "view_methods", guarantor_id, now=now, request_id=request_id)
        rows = method_rows(session, guarantor_id, practice=practice, now=now)
        return SetupPage(
            practice=practice,
            statement_id=statement_id,
            setup_id=setup_id,
            state=SetupState(setup.state),
            method_kind=setup.method_kind,
            address=setup.checkout_url or "",
            then_statement_id=setup.statement_id,
            method=rows[-1] if rows and setup.state == SetupState.SAVED.value else None,
        )


def remove_page(
    database: Database,
    principal: Principal,
    method_id: UUID,
    *,
    statement_id: UUID,
    now: datetime,
    request_id: str,
) -> RemovePage:
    """With a row in the audit log. Raises SavedMethodNotFoundError."""
    with database.transaction(principal) as session:
        method = session.scalar(
            select(SavedMethod).where(
                SavedMethod.practice_id == practice_of(session),
                SavedMethod.method_id == method_id,
                SavedMethod.removed_at.is_(None),
            )
        )
        if method is None:
            raise SavedMethodNotFoundError(method_id)
        practice = practice_contact(session)
        _audit(session, "view_methods", method.guarantor_id, now=now, request_id=request_id)
        agreement = standing_agreement(session, method.guarantor_id)
        charges = payments_to_come(session, method.guarantor_id)
        return RemovePage(
            practice=practice,
            statement_id=statement_id,
            method=_row(method, practice=practice, now=now),
            charges=tuple(one for one in charges if one.method_id == method_id),
            ends_autopay=agreement is not None and agreement.method_id == method_id,
        )


def method_rows(
    session: Session, guarantor_id: UUID, *, practice: PracticeContact, now: datetime
) -> tuple[MethodRow, ...]:
    """Those kept now, oldest first."""
    methods: Sequence[SavedMethod] = live_methods(session, guarantor_id)
    return tuple(_row(one, practice=practice, now=now) for one in methods)


def autopay_row(
    session: Session, guarantor_id: UUID, *, practice: PracticeContact
) -> AutopayRow | None:
    """None while it is off."""
    standing = standing_agreement(session, guarantor_id)
    if standing is None:
        return None
    started_on = standing.started_at.astimezone(ZoneInfo(practice.time_zone)).date()
    return AutopayRow(
        standing.method_id, standing.cap_cents, standing.days_after, started_on=started_on
    )


def _setup_of(session: Session, setup_id: UUID) -> MethodSetup:
    setup = session.scalar(
        select(MethodSetup).where(
            MethodSetup.practice_id == practice_of(session), MethodSetup.setup_id == setup_id
        )
    )
    if setup is None:
        raise SetupNotFoundError(setup_id)
    return setup


def _row(method: SavedMethod, *, practice: PracticeContact, now: datetime) -> MethodRow:
    zone = ZoneInfo(practice.time_zone)
    today = now.astimezone(zone).date()
    expires = ""
    if has_expired(method.exp_month, method.exp_year, today=today):
        expires = "over"
    elif expires_soon(method.exp_month, method.exp_year, today=today):
        expires = "soon"
    return MethodRow(
        method_id=method.method_id,
        kind=method.kind,
        brand=method.brand or "",
        last4=method.last4 or "",
        exp_month=method.exp_month,
        exp_year=method.exp_year,
        is_default=method.is_default,
        expires=expires,
        renewed_on=method.renewed_at.astimezone(zone).date() if method.renewed_at else None,
    )


def _audit(
    session: Session, action: str, guarantor_id: UUID, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="guarantor",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )

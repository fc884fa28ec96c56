"""A person as the front desk sees them: what they owe, the link and where it is, who they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.auth.accounts.access import ActingFor, people_of
from portal.auth.accounts.ending import account_since
from portal.auth.link_delivery import link_refusals
from portal.auth.links import CLOSED, REPORTED, REVOKED, WRONG_DATE, ended
from portal.auth.models import StatementLink, StatementLinkEvent
from portal.db import practice_of
from portal.desk.account_holds import AccountHoldRow, standing_account_holds
from portal.desk.timeline import TimelineDay, timeline
from portal.domain.journal import LedgerAccount
from portal.domain.link_status import LinkEnd, LinkState
from portal.domain.names import in_mixed_case
from portal.domain.statement import StatementState
from portal.ledger.models import PostingRow
from portal.messages.service import Refusal, RenderedMessage
from portal.payments.receipts.lists import ReceiptRow, has_receipts, receipt_rows
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.decisions import Adjudication
from portal.practice.feed import DeskReceiptsIn, desk_receipts_in
from portal.practice.models import Claim, Coverage, Guarantor, Patient, Payer
from portal.statements.due import account_now, asked_for, not_asked_for, owed_now
from portal.statements.queries import (
    StatementRow,
    statement_due,
    statement_patient_ids,
    statement_rows,
)

_STEPS_OF_THEIR_OWN = (WRONG_DATE, REPORTED)


@dataclass(frozen=True, slots=True)
class SendPanel:
    """The statement a link would be for, the message as it would go out, and what forbids it."""

    statement_id: UUID
    statement_number: str
    due_now_cents: int
    address: str
    message_subject: str
    message_text: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """The last link and its steps. ``ended`` is empty while it opens.

    That it was delivered is known by a mail server's report, or else because somebody answered.
    """

    link_id: UUID
    address: str
    state: str
    ended: str
    sent_at: datetime | None
    delivered_at: datetime | None
    delivery_reported: bool
    bounced_at: datetime | None
    tried_at: datetime | None
    verified_at: datetime | None
    part_paid_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    wrong_tries: int


@dataclass(frozen=True, slots=True)
class Sendable:
    """A statement that is open or was paid, and all a message about it needs."""

    row: StatementRow
    due_now_cents: int
    refusals: tuple[Refusal, ...]
    practice: PracticeContact
    language: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A coverage on file; ``rank`` 1 pays first, an open end is None."""

    payer_name: str
    member_identifier: str
    rank: int
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class InsuredPatient:
    """What one patient is insured by; without plans on file, who decided (payer, member number)."""

    patient_id: UUID
    first_name: str
    plans: tuple[PlanRow, ...]
    decided_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything of one person, empty where nothing is on file.

    ``due_now_cents`` is what their own pages ask for; ``new_cents`` is known, and comes with the
    next statement; ``paused_cents`` was asked for, and is not while the account is on hold.
    """

    guarantor_id: UUID
    name: str
    first_name: str
    born_on: date | None
    account_number: str
    patient_names: tuple[str, ...]
    language: str
    due_now_cents: int
    due_on: date | None
    on_the_way_cents: int
    credit_cents: int
    pending_visits: int
    phone: str
    email: str
    email_agreed: bool
    address_lines: tuple[str, ...]
    insured: tuple[InsuredPatient, ...]
    statements: tuple[StatementRow, ...]
    payments: tuple[ReceiptRow, ...]
    send: SendPanel | None
    link: LinkRow | None
    account_holds: tuple[AccountHoldRow, ...]
    timeline: tuple[TimelineDay, ...]
    takes_money: bool = False  # the portal books what the desk takes
    on_plans_cents: int = 0  # what payment plans still ask for
    new_cents: int = 0
    paused_cents: int = 0
    account_since: date | None = None  # they sign in by themselves
    let_in: Sequence[ActingFor] = ()  # by them, to see or pay


def read_person(
    session: Session, guarantor_id: UUID, *, now: datetime
) -> tuple[PersonPage, Sendable | None] | None:
    """The page but for the words of the message, which need no transaction; None for nobody."""
    person = session.execute(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).scalar_one_or_none()
    if person is None:
        return None
    practice = practice_contact(session)
    zone, email = ZoneInfo(practice.time_zone), person.email or ""
    statements = statement_rows(session, guarantor_id)
    sendable = _sendable(session, person, statements, practice=practice)
    account = account_now(session, guarantor_id)
    owed = owed_now(account, asked_for(session, guarantor_id))
    page = PersonPage(
        guarantor_id=guarantor_id,
        name=in_mixed_case(f"{person.first_name} {person.last_name}".strip()),
        first_name=in_mixed_case(person.first_name),
        born_on=person.born_on,
        account_number=person.account_number,
        patient_names=_patient_names(session, guarantor_id),
        language=person.language,
        due_now_cents=owed.due_now_cents,
        due_on=owed.due_on if owed.due_now_cents > 0 else None,
        new_cents=not_asked_for(account, owed),
        paused_cents=owed.open_cents if owed.is_on_hold else 0,
        on_the_way_cents=account.coming_cents,
        credit_cents=account.credit_cents,
        pending_visits=_pending_visits(session, guarantor_id),
        phone=person.phone or "",
        email=email,
        email_agreed=person.email_agreed_at is not None,
        address_lines=_address_lines(person),
        insured=_insured(session, guarantor_id),
        statements=statements,
        payments=receipt_rows(session, practice, guarantor_id),
        send=None,
        link=_last_link(session, guarantor_id, address=email, now=now, zone=zone),
        account_holds=standing_account_holds(session, guarantor_id, zone=zone),
        timeline=timeline(session, guarantor_id, address=email, zone=zone),
        takes_money=desk_receipts_in(session) is DeskReceiptsIn.PORTAL,
        on_plans_cents=sum(account.on_plans.values()),
        account_since=_account_since(session, guarantor_id, zone=zone),
        let_in=people_of(session, guarantor_id, now=now),
    )
    return page, sendable


def _account_since(session: Session, guarantor_id: UUID, *, zone: ZoneInfo) -> date | None:
    made_at = account_since(session, guarantor_id)
    return made_at.astimezone(zone).date() if made_at else None


def send_panel(sendable: Sendable, words: RenderedMessage, *, address: str) -> SendPanel:
    """Exactly what will be sent, but for the token."""
    return SendPanel(
        statement_id=sendable.row.statement_id,
        statement_number=sendable.row.number,
        due_now_cents=sendable.due_now_cents,
        address=address,
        message_subject=words.subject,
        message_text=words.text.strip(),
        refusals=sendable.refusals,
    )


def _sendable(
    session: Session,
    person: Guarantor,
    statements: Sequence[StatementRow],
    *,
    practice: PracticeContact,
) -> Sendable | None:
    """The newest statement that still asks for something, else the newest with receipts."""
    open_states = {StatementState.DUE, StatementState.ON_PLAN, StatementState.ON_HOLD}
    row = next(
        (row for row in statements if row.state in open_states),
        next((row for row in statements if _has_receipts(session, row)), None),
    )
    due = statement_due(session, row.statement_id) if row else None
    if row is None or due is None:
        return None
    patient_ids = statement_patient_ids(session, row.statement_id)
    refusals = link_refusals(session, person.guarantor_id, patient_ids)
    is_of_use = due.due_now_cents > 0 or due.on_plans_cents > 0 or _has_receipts(session, row)
    if not is_of_use and Refusal.NOTHING_DUE not in refusals:
        refusals = (*refusals, Refusal.NOTHING_DUE)
    return Sendable(row, due.due_now_cents, refusals, practice, person.language)


def _has_receipts(session: Session, row: StatementRow) -> bool:
    return row.state is not StatementState.VOIDED and has_receipts(session, row.statement_id)


def _address_lines(person: Guarantor) -> tuple[str, ...]:
    place = f"{person.city or ''}, {person.state or ''} {person.postal_code or ''}".strip(" ,")
    return tuple(line for line in (person.address_line, place) if line)


def _patient_names(session: Session, guarantor_id: UUID) -> tuple[str, ...]:
    rows = session.execute(
        select(Patient.first_name, Patient.last_name)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id == guarantor_id)
        .order_by(Patient.born_on.nulls_last(), Patient.first_name)
    )
    return tuple(in_mixed_case(f"{row.first_name} {row.last_name}".strip()) for row in rows)


def _insured(session: Session, guarantor_id: UUID) -> tuple[InsuredPatient, ...]:
    plans = _plans(session, guarantor_id)
    decided_by = _decided_by(session, guarantor_id)
    rows = session.execute(
        select(Patient.patient_id, Patient.first_name)
        .where(Patient.practice_id == practice_of(session), Patient.guarantor_id == guarantor_id)
        .order_by(Patient.born_on.nulls_last(), Patient.first_name)
    )
    return tuple(
        InsuredPatient(
            patient_id=row.patient_id,
            first_name=in_mixed_case(row.first_name),
            plans=tuple(plans.get(row.patient_id, ())),
            decided_by=tuple(dict.fromkeys(decided_by.get(row.patient_id, ()))),
        )
        for row in rows
    )


def _plans(session: Session, guarantor_id: UUID) -> dict[UUID, list[PlanRow]]:
    """By patient, in their order."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Coverage, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Coverage.payer_id))
        .where(Coverage.practice_id == practice_id, Coverage.guarantor_id == guarantor_id)
        .order_by(Coverage.rank, Coverage.ends_on.desc().nulls_first(), Coverage.coverage_id)
    )
    plans: dict[UUID, list[PlanRow]] = defaultdict(list)
    for row in rows:
        coverage: Coverage = row.Coverage
        plan = PlanRow(
            payer_name=in_mixed_case(row.name),
            member_identifier=coverage.member_identifier,
            rank=coverage.rank,
            starts_on=coverage.starts_on,
            ends_on=coverage.ends_on,
        )
        plans[coverage.patient_id].append(plan)
    return plans


def _decided_by(session: Session, guarantor_id: UUID) -> dict[UUID | None, list[tuple[str, str]]]:
    """By patient: payers of their claims, with the member numbers they gave."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim.patient_id, Payer.name, Claim.member_identifier_on_file)
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id) & (Adjudication.payer_id == Payer.payer_id),
        )
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .where(Payer.practice_id == practice_id, Claim.guarantor_id == guarantor_id)
        .group_by(Claim.patient_id, Payer.name, Claim.member_identifier_on_file)
        .order_by(Claim.patient_id, Payer.name, Claim.member_identifier_on_file)
    )
    found: dict[UUID | None, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        found[row.patient_id].append((in_mixed_case(row.name), row.member_identifier_on_file))
    return found


def _pending_visits(session: Session, guarantor_id: UUID) -> int:
    """Visits with money that insurance, or a hold, still keeps from being asked for.

    What a payer denied stays open with the payer, and nobody is deciding any more.
    """
    practice_id = practice_of(session)
    cents = func.sum(PostingRow.amount_cents)
    with_payer = cents.filter(PostingRow.account == LedgerAccount.PAYER_RECEIVABLE.value)
    pending = cents.filter(PostingRow.account == LedgerAccount.PATIENT_PENDING.value)
    rows = session.execute(
        select(Claim.claim_id)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id) & (PostingRow.claim_id == Claim.claim_id),
        )
        .where(Claim.practice_id == practice_id, Claim.guarantor_id == guarantor_id)
        .group_by(Claim.claim_id, Claim.denied)
        .having(
            (func.coalesce(pending, 0) > 0)
            | ((func.coalesce(with_payer, 0) > 0) & Claim.denied.is_(other=False))
        )
    )
    return len(rows.all())


def _last_link(
    session: Session, guarantor_id: UUID, *, address: str, now: datetime, zone: ZoneInfo
) -> LinkRow | None:
    link = session.scalars(
        select(StatementLink)
        .where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.guarantor_id == guarantor_id,
            StatementLink.for_patient_id.is_(None),
        )
        .order_by(StatementLink.link_id.desc())
        .limit(1)
    ).one_or_none()
    if link is None:
        return None
    last = _last_times(session, link.link_id, zone=zone)
    end = ended(session, link, now=now)
    ends: Mapping[LinkEnd | None, datetime | None] = {
        LinkEnd.REVOKED: last.get(REVOKED),
        LinkEnd.REPLACED: last.get(REVOKED),
        LinkEnd.CLOSED: last.get(CLOSED),
        LinkEnd.EXPIRED: link.expires_at.astimezone(zone),
    }
    return LinkRow(
        link_id=link.link_id,
        address=address,
        state=link.state,
        ended=end.value if end else "",
        sent_at=last.get(LinkState.SENT),
        delivered_at=last.get(REPORTED) or last.get(LinkState.DELIVERED),
        delivery_reported=REPORTED in last,
        bounced_at=last.get(LinkState.BOUNCED) if link.state == LinkState.BOUNCED else None,
        tried_at=last.get(WRONG_DATE),
        verified_at=last.get(LinkState.VERIFIED),
        part_paid_at=last.get(LinkState.PART_PAID),
        paid_at=last.get(LinkState.PAID),
        ended_at=ends.get(end),
        wrong_tries=link.wrong_tries,
    )


def _last_times(session: Session, link_id: UUID, *, zone: ZoneInfo) -> dict[str, datetime]:
    """When each step was taken last; a wrong date and a reported delivery are their own steps."""
    rows = session.execute(
        select(StatementLinkEvent.state, StatementLinkEvent.detail, StatementLinkEvent.occurred_at)
        .where(
            StatementLinkEvent.practice_id == practice_of(session),
            StatementLinkEvent.link_id == link_id,
        )
        .order_by(StatementLinkEvent.event_id)
    )
    return {
        row.detail if row.detail in _STEPS_OF_THEIR_OWN else row.state: (
            row.occurred_at.astimezone(zone)
        )
        for row in rows
    }

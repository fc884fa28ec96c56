"""What a paper says beside its page: the address it goes to, how old the debt is, the envelope."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.connectors.pdf_blocks import NUMBER_10_DOUBLE, Windows, Zone
from portal.db import practice_of
from portal.domain.paper_aging import Aging, aged
from portal.practice.branding import read_setup
from portal.practice.contact import PracticeContact
from portal.practice.decisions import AdjudicatedLine, Adjudication
from portal.practice.models import Guarantor, Patient
from portal.practice.viewing_acts import ReachedAt
from portal.statements.models import Statement, StatementShare, StatementVoid
from portal.statements.papers.models import PaperSettings
from portal.statements.queries import statement_due

NOTHING_OPEN = aged({}, {}, today=date.min, coming_cents=0)


@dataclass(frozen=True, slots=True)
class Envelope:
    """How letters are folded, and where checks go; no lines mean the practice's address."""

    windows: Windows = NUMBER_10_DOUBLE
    is_duplex: bool = True
    remit_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """``address_lines`` begin with the name. ``units`` are by charge, where payers told them.

    ``languages``: those of the practice's notice of language help; none: all there are.
    """

    address_lines: tuple[str, ...] = ()
    postal_code: str = ""
    aging: Aging = NOTHING_OPEN
    envelope: Envelope = Envelope()
    units: Mapping[UUID, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a letter goes: name, street, place, or only the name where that is not known."""

    lines: tuple[str, ...]
    postal_code: str = ""


def paper_facts(
    session: Session,
    statement_id: UUID,
    practice: PracticeContact,
    *,
    today: date,
    but_for: Collection[UUID] = (),
) -> PaperFacts:
    """For a statement that this principal may see. ``today`` is the practice's day."""
    due = statement_due(session, statement_id, but_for=but_for)
    if due is None:
        raise LookupError(statement_id)
    open_cents = {} if due.is_on_hold else due.visit_cents
    goes_to = addressee_of(session, due.guarantor_id)
    return PaperFacts(
        address_lines=goes_to.lines,
        postal_code=goes_to.postal_code,
        aging=aged(
            open_cents,
            _first_asked(session, tuple(due.visit_cents), practice.time_zone),
            today=today,
            coming_cents=due.on_the_way_cents,
        ),
        envelope=envelope_of(session),
        units=_units(session, tuple(due.visit_cents)),
        languages=read_setup(session)[1].languages,
    )


def envelope_of(session: Session) -> Envelope:
    """As the practice set it up."""
    practice_id = practice_of(session)
    row = session.scalar(select(PaperSettings).where(PaperSettings.practice_id == practice_id))
    if row is None:
        return Envelope()
    windows = Windows(Zone(*row.sender_window), Zone(*row.recipient_window))
    return Envelope(windows, row.is_duplex, tuple(row.remit_to))


def addressee_of(session: Session, guarantor_id: UUID) -> Addressee:
    """Who pays."""
    row = session.execute(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).scalar_one()
    return addressee(row, row)


def addressee(person: Guarantor | Patient, where: Guarantor | ReachedAt) -> Addressee:
    """An address that is not whole is none."""
    name = f"{person.first_name} {person.last_name}".strip()
    street, city, state, code = where.address_line, where.city, where.state, where.postal_code
    if not (street and city and state and code):
        return Addressee((name,))
    return Addressee((name, street, f"{city}, {state} {code}"), code)


def _first_asked(
    session: Session, claim_ids: tuple[UUID, ...], time_zone: str
) -> Mapping[UUID, date]:
    """The day of the first statement that asked for each claim: its age counts from there."""
    practice_id = practice_of(session)
    voided = select(StatementVoid.statement_id).where(StatementVoid.practice_id == practice_id)
    rows = session.execute(
        select(StatementShare.claim_id, func.min(Statement.issued_at))
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == StatementShare.statement_id),
        )
        .where(
            StatementShare.practice_id == practice_id,
            StatementShare.claim_id.in_(claim_ids),
            StatementShare.statement_id.not_in(voided),
        )
        .group_by(StatementShare.claim_id)
    )
    zone = ZoneInfo(time_zone)
    return {claim_id: issued_at.astimezone(zone).date() for claim_id, issued_at in rows}


def _units(session: Session, claim_ids: tuple[UUID, ...]) -> Mapping[UUID, int]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(AdjudicatedLine.charge_id, func.max(AdjudicatedLine.units))
        .join(
            Adjudication,
            (Adjudication.practice_id == practice_id)
            & (Adjudication.adjudication_id == AdjudicatedLine.adjudication_id),
        )
        .where(
            AdjudicatedLine.practice_id == practice_id,
            Adjudication.claim_id.in_(claim_ids),
            AdjudicatedLine.charge_id.is_not(None),
            AdjudicatedLine.units.is_not(None),
        )
        .group_by(AdjudicatedLine.charge_id)
    )
    return {charge_id: units for charge_id, units in rows if charge_id and units is not None}

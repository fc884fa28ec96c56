"""What staff see of agencies: what might go, what went, each file, what was paid here since."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.collections.agency.candidates import Candidate, candidates
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.money import format_plain
from portal.domain.names import in_mixed_case
from portal.domain.plans.agency import AgencyReason
from portal.ledger.as_of import arrivals
from portal.ledger.models import AgencyPlacement, PlacedLine
from portal.plans.offering.footing import practice_today
from portal.practice.contact import practice_contact
from portal.practice.models import Claim, Guarantor

MOST_PAID: Final = 1_000
_FILE_COLUMNS: Final = (
    "account_number", "name", "address", "city", "state", "postal_code", "phone", "claim_number",
    "service_on", "amount", "first_statement_on", "placed_on", "recalled_on",
    "no_credit_reporting",
)  # fmt: skip
_PAID_COLUMNS: Final = ("paid_on", "account_number", "name", "agency", "amount")


class PlacementNotFoundError(LookupError):
    """No such file in this practice."""


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """One file: what went in it, and what is still out."""

    placement_id: UUID
    agency_name: str
    placed_on: date
    people: int
    lines: int
    placed_cents: int
    standing_cents: int


@dataclass(frozen=True, slots=True)
class PaidHere:
    """Money that came here from somebody whose debt an agency asked for."""

    paid_on: date
    guarantor_id: UUID
    account_number: str
    name: str
    agency_name: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """``ready`` may go; ``refused`` may not, each with why. The oldest first, at most 500.

    ``to_notice`` are those whose next step is the final notice.
    """

    today: date
    ready: tuple[Candidate, ...]
    to_notice: tuple[Candidate, ...]
    refused: tuple[Candidate, ...]
    placements: tuple[PlacementRow, ...]
    paid: tuple[PaidHere, ...]
    newest_agency: str

    @property
    def ready_cents(self) -> int:
        return sum(one.cents for one in self.ready)

    @property
    def counts(self) -> Mapping[AgencyReason, int]:
        """How many visits each reason keeps here; a visit may have several."""
        found = [refusal.reason for one in self.refused for refusal in one.refusals]
        return {reason: found.count(reason) for reason in AgencyReason if reason in found}


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What would go to the agency now, and what of the chosen would not."""

    agency_name: str
    going: tuple[Candidate, ...]
    refused: tuple[Candidate, ...]

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.going)

    @property
    def people(self) -> int:
        return len({one.guarantor_id for one in self.going})


def agency_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> AgencyPage:
    """With a row in the audit log: it shows names."""
    with database.transaction(principal) as session:
        _note(session, "view", now=now, request_id=request_id)
        today = practice_today(session, now)
        found = candidates(session, today=today)
        placements = _placements(session)
        return AgencyPage(
            today=today,
            ready=tuple(one for one in found if not one.refusals),
            to_notice=tuple(one for one in found if one.waits_for_notice),
            refused=tuple(one for one in found if one.refusals and not one.waits_for_notice),
            placements=placements,
            paid=tuple(_paid_here(session)),
            newest_agency=placements[0].agency_name if placements else "",
        )


def check_page(
    database: Database,
    principal: Principal,
    claim_ids: Collection[UUID],
    agency_name: str,
    *,
    now: datetime,
    request_id: str,
) -> CheckPage:
    """Nothing is placed yet."""
    with database.transaction(principal) as session:
        _note(session, "view", now=now, request_id=request_id)
        found = candidates(session, claim_ids, today=practice_today(session, now))
        return CheckPage(
            agency_name,
            tuple(one for one in found if not one.refusals),
            tuple(one for one in found if one.refusals),
        )


def placement_csv(
    database: Database, principal: Principal, placement_id: UUID, *, now: datetime, request_id: str
) -> bytes:
    """The file for the agency: a row for each line, the sum last.

    Nothing of a visit but its day and number: an agency needs no more to ask for it. Debts must
    not be reported to credit bureaus (FCR-02). Raises PlacementNotFoundError.
    """
    with database.transaction(principal) as session:
        _note(session, "view", placement_id, now=now, request_id=request_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        rows = _lines_of(session, placement_id)
        if not rows:
            raise PlacementNotFoundError(placement_id)
        total = sum(row.PlacedLine.amount_cents for row in rows)
        sums = ("TOTAL", *[""] * 8, format_plain(total), *[""] * 4)
        return written([_FILE_COLUMNS, *(_file_row(row, zone) for row in rows), sums])


def paid_csv(database: Database, principal: Principal, *, now: datetime, request_id: str) -> bytes:
    """What was paid here, for the agencies: they ask for it no more."""
    with database.transaction(principal) as session:
        _note(session, "view", now=now, request_id=request_id)
        rows = [
            (
                one.paid_on.isoformat(),
                one.account_number,
                one.name,
                one.agency_name,
                format_plain(one.amount_cents),
            )
            for one in _paid_here(session)
        ]
        return written([_PAID_COLUMNS, *rows])


def _placements(session: Session) -> tuple[PlacementRow, ...]:
    zone = ZoneInfo(practice_contact(session).time_zone)
    cents = func.sum(PlacedLine.amount_cents)
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            AgencyPlacement,
            func.count(PlacedLine.guarantor_id.distinct()).label("people"),
            func.count().label("lines"),
            cents.label("placed_cents"),
            func.coalesce(cents.filter(PlacedLine.recalled_at.is_(None)), 0).label("standing"),
        )
        .join(PlacedLine, PlacedLine.placement_id == AgencyPlacement.placement_id)
        .where(AgencyPlacement.practice_id == practice_id, PlacedLine.practice_id == practice_id)
        .group_by(AgencyPlacement.practice_id, AgencyPlacement.placement_id)
        .order_by(AgencyPlacement.placement_id.desc())
        .limit(100)
    )
    return tuple(
        PlacementRow(
            placement_id=row.AgencyPlacement.placement_id,
            agency_name=row.AgencyPlacement.agency_name,
            placed_on=row.AgencyPlacement.placed_at.astimezone(zone).date(),
            people=row.people,
            lines=row.lines,
            placed_cents=int(row.placed_cents),
            standing_cents=int(row.standing),
        )
        for row in rows
    )


def _lines_of(session: Session, placement_id: UUID) -> Sequence[Any]:
    practice_id = practice_of(session)
    return session.execute(
        select(
            PlacedLine,
            AgencyPlacement.placed_at,
            Claim.claim_number,
            Claim.service_on,
            Guarantor,
        )
        .join(AgencyPlacement, AgencyPlacement.placement_id == PlacedLine.placement_id)
        .join(Claim, Claim.claim_id == PlacedLine.claim_id)
        .join(Guarantor, Guarantor.guarantor_id == PlacedLine.guarantor_id)
        .where(
            PlacedLine.practice_id == practice_id,
            AgencyPlacement.practice_id == practice_id,
            Claim.practice_id == practice_id,
            Guarantor.practice_id == practice_id,
            PlacedLine.placement_id == placement_id,
        )
        .order_by(Guarantor.account_number, Claim.claim_number, PlacedLine.placed_line_id)
    ).all()


def _file_row(row: Any, zone: ZoneInfo) -> tuple[str, ...]:
    person: Guarantor = row.Guarantor
    line: PlacedLine = row.PlacedLine
    recalled = line.recalled_at
    return (
        person.account_number,
        in_mixed_case(f"{person.first_name} {person.last_name}".strip()),
        person.address_line or "",
        person.city or "",
        person.state or "",
        person.postal_code or "",
        person.phone or "",
        row.claim_number,
        row.service_on.isoformat() if row.service_on else "",
        format_plain(line.amount_cents),
        line.first_statement_on.isoformat(),
        row.placed_at.astimezone(zone).date().isoformat(),
        recalled.astimezone(zone).date().isoformat() if recalled else "",
        "yes",
    )


def _paid_here(session: Session) -> Iterator[PaidHere]:
    """The newest first. A payment that went back stands below zero."""
    practice_id = practice_of(session)
    came = arrivals(session).subquery()
    rows = session.execute(
        select(
            came.c.entry_id,
            came.c.effective_on,
            came.c.cents,
            AgencyPlacement.agency_name,
            Guarantor.guarantor_id,
            Guarantor.account_number,
            Guarantor.first_name,
            Guarantor.last_name,
        )
        .join(PlacedLine, PlacedLine.guarantor_id == came.c.guarantor_id)
        .join(AgencyPlacement, AgencyPlacement.placement_id == PlacedLine.placement_id)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == PlacedLine.guarantor_id),
        )
        .where(
            PlacedLine.practice_id == practice_id,
            AgencyPlacement.practice_id == practice_id,
            came.c.recorded_at > AgencyPlacement.placed_at,
            or_(PlacedLine.recalled_at.is_(None), came.c.recorded_at <= PlacedLine.recalled_at),
        )
        .distinct()
        .order_by(came.c.effective_on.desc(), Guarantor.account_number)
        .limit(MOST_PAID)
    )
    for row in rows:
        yield PaidHere(
            paid_on=row.effective_on,
            guarantor_id=row.guarantor_id,
            account_number=row.account_number,
            name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
            agency_name=row.agency_name,
            amount_cents=int(row.cents),
        )


def _note(
    session: Session,
    action: str,
    placement_id: UUID | None = None,
    *,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action=action,
        object_kind="agency",
        object_id=placement_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )

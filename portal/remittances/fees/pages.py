"""What payers allowed beside what they agreed to: by payer and code, and claim by claim.

Only first payers' decisions that stand count: no reversal, nothing that was taken back, no second
payer, no line that was decided on other grounds than a price.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, and_, exists, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.claim_position import Outcome
from portal.domain.fee_schedule import DecidedAmount, FeeBook, allowed_cents
from portal.domain.fee_schedule import Fee as AgreedFee
from portal.domain.money import format_plain
from portal.domain.names import in_mixed_case
from portal.practice.contact import practice_contact
from portal.practice.decisions import AdjudicatedLine, Adjudication, AdjustmentRow
from portal.practice.models import Charge, Claim, Payer
from portal.remittances.fees.models import Fee, FeeSchedule

DAYS: Final = (30, 90, 365)
"""How far back decisions may be looked at."""

_FIRST: Final = 1
_REVERSAL: Final = "22"
_PREDETERMINATION: Final = "25"
_PATIENT: Final = "PR"
_MOST_SHOWN: Final = 200
_CSV_COLUMNS: Final = (
    "payer",
    "claim",
    "procedure_code",
    "modifiers",
    "service_on",
    "units",
    "expected",
    "allowed",
    "difference",
)


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One service line for which something is agreed. Below zero: the payer allowed too little."""

    claim_id: UUID
    claim_number: str
    payer_name: str
    procedure_code: str
    modifiers: tuple[str, ...]
    service_on: date
    units: int
    expected_cents: int
    allowed_cents: int

    @property
    def difference_cents(self) -> int:
        return self.allowed_cents - self.expected_cents


@dataclass(frozen=True, slots=True)
class ComparedCode:
    """All compared lines of a payer and code."""

    payer_name: str
    procedure_code: str
    lines: int
    differing: int
    expected_cents: int
    allowed_cents: int

    @property
    def difference_cents(self) -> int:
        return self.allowed_cents - self.expected_cents


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """The schedule of a payer that counts now."""

    payer_name: str
    payer_identifier: str
    file_name: str
    fee_count: int
    loaded_at: datetime
    loaded_by: str


@dataclass(frozen=True, slots=True)
class FeesPage:
    """Differences of the last ``days``: too little first, the largest first."""

    days: int
    schedules: tuple[ScheduleRow, ...]
    codes: tuple[ComparedCode, ...]
    differences: tuple[ComparedLine, ...]
    difference_count: int
    line_count: int
    short_cents: int  # what payers allowed too little, all together; above zero
    over_cents: int


def fees_page(
    database: Database, principal: Principal, *, days: int, now: datetime, request_id: str
) -> FeesPage:
    """The overview."""
    with database.transaction(principal) as session:
        _note(session, now=now, request_id=request_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        lines = list(_compared(session, since=_since(now, zone, days)))
        differing = sorted(
            (one for one in lines if one.difference_cents),
            key=lambda one: (one.difference_cents > 0, -abs(one.difference_cents)),
        )
        differences = [one.difference_cents for one in differing]
        return FeesPage(
            days=days,
            schedules=_schedule_rows(session, zone),
            codes=_by_code(lines),
            differences=tuple(differing[:_MOST_SHOWN]),
            difference_count=len(differing),
            line_count=len(lines),
            short_cents=-sum(cents for cents in differences if cents < 0),
            over_cents=sum(cents for cents in differences if cents > 0),
        )


def fees_csv(
    database: Database, principal: Principal, *, days: int, now: datetime, request_id: str
) -> bytes:
    """Every compared line that differs, for a spreadsheet."""
    with database.transaction(principal) as session:
        _note(session, now=now, request_id=request_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        rows = [
            (
                one.payer_name,
                one.claim_number,
                one.procedure_code,
                " ".join(one.modifiers),
                one.service_on.isoformat(),
                str(one.units),
                format_plain(one.expected_cents),
                format_plain(one.allowed_cents),
                format_plain(one.difference_cents),
            )
            for one in _compared(session, since=_since(now, zone, days))
            if one.difference_cents
        ]
    return written([_CSV_COLUMNS, *rows])


def _compared(session: Session, *, since: date) -> Iterator[ComparedLine]:
    books = _books(session)
    if not books:
        return
    for row in session.execute(_lines(session, books.keys(), since=since)):
        amounts = [DecidedAmount(*one) for one in row.amounts or ()]
        allowed = allowed_cents(row.charge_cents, amounts)
        service_on, modifiers = row.line_on or row.claim_on, tuple(row.modifiers or ())
        if allowed is None or not row.units or service_on is None:
            continue
        expected = books[row.payer_id].expected_cents(
            row.procedure_code, modifiers, day=service_on, units=row.units
        )
        if expected is not None:
            yield _line(row, modifiers, service_on, expected, allowed)


def _line(
    row: Row[*tuple[Any, ...]],
    modifiers: tuple[str, ...],
    service_on: date,
    expected_cents: int,
    allowed: int,
) -> ComparedLine:
    return ComparedLine(
        claim_id=row.claim_id,
        claim_number=row.claim_number,
        payer_name=in_mixed_case(row.payer_name),
        procedure_code=row.procedure_code,
        modifiers=modifiers,
        service_on=service_on,
        units=row.units,
        expected_cents=expected_cents,
        allowed_cents=allowed,
    )


def _lines(
    session: Session, payer_ids: Collection[UUID], *, since: date
) -> Select[*tuple[Any, ...]]:
    """Lines of first payers' decisions that stand, each with its CAS amounts."""
    practice_id = practice_of(session)
    query = (
        select(
            Claim.claim_id,
            Claim.claim_number,
            Claim.service_on.label("claim_on"),
            Payer.payer_id,
            Payer.name.label("payer_name"),
            AdjudicatedLine.procedure_code,
            AdjudicatedLine.charge_cents,
            AdjudicatedLine.units,
            Charge.modifiers,
            Charge.service_on.label("line_on"),
            _amounts(practice_id).label("amounts"),
        )
        .select_from(Adjudication)
        .join(
            AdjudicatedLine,
            and_(
                AdjudicatedLine.practice_id == practice_id,
                AdjudicatedLine.adjudication_id == Adjudication.adjudication_id,
                AdjudicatedLine.line_number > 0,
            ),
        )
        .join(
            Claim, and_(Claim.practice_id == practice_id, Claim.claim_id == Adjudication.claim_id)
        )
        .join(
            Payer, and_(Payer.practice_id == practice_id, Payer.payer_id == Adjudication.payer_id)
        )
        .outerjoin(
            Charge,
            and_(Charge.practice_id == practice_id, Charge.charge_id == AdjudicatedLine.charge_id),
        )
    )
    decisions = query.where(
        Adjudication.practice_id == practice_id,
        Adjudication.payer_id.in_(payer_ids),
        Adjudication.decided_on >= since,
        *_counted(practice_id),
    )
    return decisions.order_by(Adjudication.adjudication_id, AdjudicatedLine.line_number)


def _amounts(practice_id: UUID) -> ScalarSelect[Any]:
    """Group, reason and cents of each CAS amount of a line, as JSON."""
    amount = func.json_build_array(
        AdjustmentRow.group_code, AdjustmentRow.reason_code, AdjustmentRow.amount_cents
    )
    return (
        select(func.json_agg(aggregate_order_by(amount, AdjustmentRow.position)))
        .where(
            AdjustmentRow.practice_id == practice_id,
            AdjustmentRow.adjudication_id == AdjudicatedLine.adjudication_id,
            AdjustmentRow.line_number == AdjudicatedLine.line_number,
        )
        .scalar_subquery()
    )


def _counted(practice_id: UUID) -> Iterator[ColumnElement[bool]]:
    """Which decisions say something about a price."""
    taken_back, of_claim = aliased(Adjudication), aliased(AdjustmentRow)
    yield Adjudication.rank == _FIRST
    yield Adjudication.disposition == Outcome.POSTED.value
    yield Adjudication.status.not_in([_REVERSAL, _PREDETERMINATION])
    yield ~exists().where(
        taken_back.practice_id == practice_id,
        taken_back.voids_id == Adjudication.adjudication_id,
    )
    # What was taken off the claim as a whole cannot be put to its lines.
    yield ~exists().where(
        of_claim.practice_id == practice_id,
        of_claim.adjudication_id == Adjudication.adjudication_id,
        of_claim.line_number == 0,
        of_claim.group_code != _PATIENT,
    )


def _books(session: Session) -> dict[UUID, FeeBook]:
    """By payer, from the schedule that counts."""
    practice_id = practice_of(session)
    current = _current(session)
    fees: dict[UUID, list[AgreedFee]] = defaultdict(list)
    rows = session.execute(
        select(
            Fee.schedule_id,
            Fee.procedure_code,
            Fee.modifier,
            Fee.starts_on,
            Fee.ends_on,
            Fee.amount_cents,
        ).where(Fee.practice_id == practice_id, Fee.schedule_id.in_(current.keys()))
    )
    for row in rows:
        fee = AgreedFee(
            row.procedure_code, row.modifier, row.starts_on, row.ends_on, row.amount_cents
        )
        fees[current[row.schedule_id]].append(fee)
    return {payer_id: FeeBook(of_payer) for payer_id, of_payer in fees.items()}


def _current(session: Session) -> dict[UUID, UUID]:
    """The newest schedule of each payer; ids are in the order of time."""
    rows = session.execute(
        select(FeeSchedule.payer_id, FeeSchedule.schedule_id)
        .where(FeeSchedule.practice_id == practice_of(session))
        .order_by(FeeSchedule.schedule_id)
    )
    newest = {row.payer_id: row.schedule_id for row in rows}
    return {schedule_id: payer_id for payer_id, schedule_id in newest.items()}


def _schedule_rows(session: Session, zone: ZoneInfo) -> tuple[ScheduleRow, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(FeeSchedule, Payer.name, Payer.identifier)
        .join(Payer, and_(Payer.practice_id == practice_id, Payer.payer_id == FeeSchedule.payer_id))
        .where(
            FeeSchedule.practice_id == practice_id,
            FeeSchedule.schedule_id.in_(_current(session).keys()),
        )
        .order_by(Payer.name, Payer.identifier)
    )
    return tuple(
        ScheduleRow(
            payer_name=in_mixed_case(row.name),
            payer_identifier=row.identifier,
            file_name=row.FeeSchedule.file_name,
            fee_count=row.FeeSchedule.fee_count,
            loaded_at=row.FeeSchedule.loaded_at.astimezone(zone),
            loaded_by=row.FeeSchedule.loaded_by,
        )
        for row in rows
    )


def _by_code(lines: Collection[ComparedLine]) -> tuple[ComparedCode, ...]:
    """The largest shortfall first."""
    groups: dict[tuple[str, str], list[ComparedLine]] = defaultdict(list)
    for line in lines:
        groups[line.payer_name, line.procedure_code].append(line)
    codes = [
        ComparedCode(
            payer_name,
            code,
            lines=len(group),
            differing=sum(one.difference_cents != 0 for one in group),
            expected_cents=sum(one.expected_cents for one in group),
            allowed_cents=sum(one.allowed_cents for one in group),
        )
        for (payer_name, code), group in groups.items()
    ]
    return tuple(sorted(codes, key=lambda one: (one.difference_cents, one.payer_name)))


def _since(now: datetime, zone: ZoneInfo, days: int) -> date:
    return now.astimezone(zone).date() - timedelta(days=days)


def _note(session: Session, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="view",
        object_kind="fees",
        object_id=None,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )

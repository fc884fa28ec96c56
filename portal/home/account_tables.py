"""The tables of an account's file: every visit, service, statement and payment, as things are now.

The sums of the visits are the ledger's, in every column. What was asked for on a day stands in the
table of statements alone, so that no table holds a thing twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.billed_claim import BilledClaim, ClaimBooks
from portal.domain.covered_lines import put_on_plan
from portal.domain.dates import MonthOnly
from portal.domain.explanation import explain
from portal.domain.money import format_plain
from portal.domain.names import in_mixed_case
from portal.domain.service_kind import ServiceKind, name_of, service_kind
from portal.domain.statement import StatementLine
from portal.domain.statement_document import from_json
from portal.home.activity import ActivityKind, Narrowed, activity
from portal.home.download import KeptFile
from portal.ledger.as_of import claim_books
from portal.ledger.queries import receivable_cents, unapplied_credit_cents
from portal.practice.claims import billed_claims
from portal.practice.contact import practice_contact, practice_day
from portal.practice.models import Claim, Hold, Patient
from portal.practice.viewing import grouped_visits, shows_part2, viewer_of
from portal.statements.due import AccountNow, account_now
from portal.statements.models import Statement, StatementVoid

_MOST_MONEY = 100_000
_AmountsOf: TypeAlias = tuple[int, ...]
_Table: TypeAlias = list[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Headings:
    """The first row of each table and the names of the sums, in the reader's language."""

    language: str
    statements: Sequence[str]
    visits: Sequence[str]
    lines: Sequence[str]
    money: Sequence[str]
    sums: Sequence[str]
    sum_names: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement that is in the file as papers, too."""

    statement_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class AccountTables:
    """``has_part2``: a visit that 42 CFR Part 2 protects is told whole, and its notice goes along.

    ``receipts``: the payments that have one.
    """

    files: tuple[KeptFile, ...]
    statements: tuple[KeptStatement, ...]
    receipts: tuple[UUID, ...]
    has_part2: bool


@dataclass(frozen=True, slots=True)
class _Visit:
    """A claim with all that its rows are made of."""

    row: Row[Claim, str]
    books: ClaimBooks
    billed: BilledClaim
    on_plans: Mapping[UUID | None, int]
    is_grouped: bool
    is_held: bool
    told: tuple[StatementLine, ...] = field(default=())

    @property
    def about(self) -> tuple[str, ...]:
        """Its number, whose it is, when and who saw them; of a grouped one whose and the month."""
        claim: Claim = self.row.Claim
        on = MonthOnly.of(claim.service_on) if self.is_grouped else claim.service_on
        day = on.isoformat() if on else ""
        if self.is_grouped:
            return "", self.row.first_name or "", day, ""
        provider = in_mixed_case(claim.provider_name)
        return claim.claim_number, self.row.first_name or "", day, provider

    @property
    def amounts(self) -> _AmountsOf:
        """Billed, less all but the last, is the last."""
        books, on_plans_cents = self.books, sum(self.on_plans.values())
        return (
            books.billed_cents,
            books.written_off_cents + sum(books.let_off.values()),
            books.plan_paid_cents,
            books.with_insurance_cents,
            books.pending_cents,
            books.patient_paid_cents,
            sum(books.placed.values()),
            on_plans_cents,
            books.owed_cents - on_plans_cents,
        )


def account_tables(
    database: Database, principal: Principal, headings: Headings, *, now: datetime
) -> AccountTables:
    """In one reading of the account; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        today = practice_day(practice, now=now)
        account = account_now(session, guarantor_id)
        visits = _visits(session, account, today=today)
        statements = _statements(session, guarantor_id)
        money = activity(session, guarantor_id, Narrowed(ActivityKind.MONEY), limit=_MOST_MONEY)
        tables: dict[str, _Table] = {
            "visits.csv": [headings.visits, *_visit_rows(visits)],
            "lines.csv": [headings.lines, *_line_rows(visits, headings.language)],
            "statements.csv": [
                headings.statements,
                *_statement_rows(statements, ZoneInfo(practice.time_zone)),
            ],
            "payments.csv": [
                headings.money,
                *((_day(one.on), format_plain(one.cents), one.name) for one in money),
            ],
            "today.csv": [headings.sums, *_sums(session, account, headings)],
        }
        claim_ids = [visit.row.Claim.claim_id for visit in visits]
        return AccountTables(
            files=tuple(KeptFile(name, written(rows)) for name, rows in tables.items()),
            statements=tuple(
                KeptStatement(row.Statement.statement_id, row.Statement.number)
                for row in statements
            ),
            receipts=tuple(one.object_id for one in money if one.object_id),
            has_part2=shows_part2(session, claim_ids, viewer_of(session, today=today)),
        )


def _visits(session: Session, account: AccountNow, *, today: date) -> list[_Visit]:
    """The oldest first, asked for or not."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim, Patient.first_name)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(Claim.practice_id == practice_id, Claim.guarantor_id == account.guarantor_id)
        .order_by(Claim.service_on.nulls_last(), Claim.claim_number, Claim.claim_id)
    ).all()
    claim_ids = [row.Claim.claim_id for row in rows]
    books = claim_books(session, claim_ids, as_of=date.max)
    billed = billed_claims(session, claim_ids)
    grouped = grouped_visits(session, claim_ids, viewer_of(session, today=today))
    held = set(
        session.scalars(
            select(Hold.claim_id).where(
                Hold.practice_id == practice_id,
                Hold.claim_id.in_(claim_ids),
                Hold.released_at.is_(None),
            )
        )
    )
    on_plans: dict[UUID | None, dict[UUID | None, int]] = {}
    for target, cents in account.on_plans.items():
        on_plans.setdefault(target.claim_id, {})[target.charge_id] = cents
    return [
        _Visit(
            row=row,
            books=books[claim_id],
            billed=billed[claim_id],
            on_plans=on_plans.get(claim_id, {}),
            is_grouped=claim_id in grouped,
            is_held=claim_id in held,
        )
        for claim_id, row in zip(claim_ids, rows, strict=True)
    ]


def _visit_rows(visits: Sequence[_Visit]) -> Iterator[Sequence[str]]:
    for visit in visits:
        yield *visit.about, *map(format_plain, visit.amounts)


def _line_rows(visits: Sequence[_Visit], language: str) -> Iterator[Sequence[str]]:
    """Each service once. What insurance and we have not decided is billed, and no more."""
    for visit in visits:
        if visit.is_grouped:
            name = name_of(ServiceKind.PRIVATE, language)
            yield *visit.about, name, "", *map(format_plain, visit.amounts)
        elif told := _told(visit):
            yield from (_told_row(visit, line, language) for line in told)
        else:
            yield from _billed_rows(visit, language)


def _told(visit: _Visit) -> tuple[StatementLine, ...]:
    """Its services with all their amounts; none where these cannot be told by service yet."""
    books = visit.books
    is_undecided = books.with_insurance_cents and not books.owed_cents
    if visit.is_held or books.pending_cents or books.placed or is_undecided:
        return ()
    try:
        return put_on_plan(explain(visit.billed, books), visit.on_plans)
    except ValueError:  # the two do not add up
        return ()


def _told_row(visit: _Visit, line: StatementLine, language: str) -> Sequence[str]:
    figures = line.figures
    amounts = (
        figures.billed_cents,
        figures.taken_off_cents,
        figures.plan_paid_cents,
        figures.with_insurance_cents,
        0,
        figures.you_paid_cents,
        0,
        figures.on_payment_plan_cents,
        figures.you_owe_cents,
    )
    name = name_of(line.service_kind, language)
    return *visit.about, name, line.procedure_code, *map(format_plain, amounts)


def _billed_rows(visit: _Visit, language: str) -> Iterator[Sequence[str]]:
    blank = ("",) * (len(visit.amounts) - 1)
    rest_cents = visit.books.billed_cents
    for line in visit.billed.lines:
        kind = service_kind(qualifier=line.qualifier, code=line.code)
        rest_cents -= line.billed_cents
        billed = format_plain(line.billed_cents)
        yield *visit.about, name_of(kind, language), line.code, billed, *blank
    if rest_cents:
        name = name_of(ServiceKind.WHOLE_VISIT, language)
        yield *visit.about, name, "", format_plain(rest_cents), *blank


def _statements(session: Session, guarantor_id: UUID) -> Sequence[Row[Any, Any]]:
    """The oldest first, with the day on which one was replaced."""
    practice_id = practice_of(session)
    return session.execute(
        select(Statement, StatementVoid.voided_at)
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(Statement.practice_id == practice_id, Statement.guarantor_id == guarantor_id)
        .order_by(Statement.as_of, Statement.statement_id)
    ).all()


def _statement_rows(statements: Sequence[Row[Any, Any]], zone: ZoneInfo) -> Iterator[Sequence[str]]:
    for row in statements:
        document = from_json(row.Statement.document, version=row.Statement.document_version)
        voided_on = row.voided_at.astimezone(zone).date() if row.voided_at else None
        yield (
            document.number,
            _day(document.issued_on),
            _day(document.due_on),
            format_plain(document.amount_due_cents),
            _day(voided_on),
        )


def _sums(session: Session, account: AccountNow, headings: Headings) -> Iterator[Sequence[str]]:
    amounts = (
        receivable_cents(session, account.guarantor_id),
        sum(account.on_plans.values()),
        account.coming_cents,
        unapplied_credit_cents(session, account.guarantor_id),
    )
    for name, cents in zip(headings.sum_names, amounts, strict=True):
        yield name, format_plain(cents)


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""

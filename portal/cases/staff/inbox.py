"""The inbox: what waits for us, for whom, since when; filters are part of the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.auth.roles import Role
from portal.cases.models import Case
from portal.cases.store import Moment, today_of
from portal.db import Database, Principal, practice_of, principal_of
from portal.domain.cases import ABOUT_INSURANCE, OURS, CaseKind, CaseState
from portal.domain.names import in_mixed_case
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor

_SHOWN: Final = 50

SHOWS: Final = ("ours", "late", "waiting", "answered", "closed")
SORTS: Final = ("due", "age")

_STATES: Final[Mapping[str, tuple[CaseState, ...]]] = {
    "ours": tuple(sorted(OURS)),
    "late": tuple(sorted(OURS)),
    "waiting": (CaseState.WAITING,),
    "answered": (CaseState.ANSWERED,),
    "closed": (CaseState.CLOSED,),
}


@dataclass(frozen=True, slots=True)
class InboxChoice:
    """What of the inbox is looked at. ``kind`` empty: all; ``page`` begins at 1."""

    show: str = "ours"
    kind: str = ""
    mine: bool = False
    sorted_by: str = "due"
    page: int = 1

    def as_arguments(self, **changed: str) -> dict[str, str]:
        """Of the address, with something changed; on its first page."""
        kept = {
            "show": self.show,
            "kind": self.kind,
            "mine": "y" if self.mine else "",
            "sorted_by": self.sorted_by,
        }
        return {name: value for name, value in (kept | changed).items() if value}

    def on_page(self, page: int) -> dict[str, str]:
        return self.as_arguments() | {"page": str(page)}


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One case."""

    case_id: UUID
    number: str
    kind: CaseKind
    state: CaseState
    guarantor_id: UUID
    name: str
    account_number: str
    opened_at: datetime
    days: int  # that it was, or is, open
    due_on: date | None
    is_late: bool
    assigned_to: str
    outcome: str | None = None  # how it ended


@dataclass(frozen=True, slots=True)
class InboxPage:
    """``counts`` by what is shown, within the kind and whose they are."""

    choice: InboxChoice
    cases: tuple[InboxRow, ...]
    counts: Mapping[str, int]
    kinds: tuple[CaseKind, ...]
    pages: int


def choice_from(arguments: Mapping[str, str]) -> InboxChoice:
    """What an address asks for; what it cannot mean is left at its default."""
    plain = InboxChoice()
    show, kind = arguments.get("show", ""), arguments.get("kind", "")
    sorted_by, page = arguments.get("sorted_by", ""), arguments.get("page", "")
    return InboxChoice(
        show=show if show in SHOWS else plain.show,
        kind=kind if kind in set(CaseKind) else "",
        mine=arguments.get("mine") == "y",
        sorted_by=sorted_by if sorted_by in SORTS else plain.sorted_by,
        page=max(1, int(page)) if page.isdecimal() and len(page) < len("10000") else 1,
    )


def kinds_for(role: str) -> tuple[CaseKind, ...]:
    """What a role sees of the inbox: posters what is about insurance, everybody else all."""
    return tuple(one for one in CaseKind if role != Role.POSTER.value or one in ABOUT_INSURANCE)


def inbox_page(
    database: Database, principal: Principal, choice: InboxChoice, *, at: Moment
) -> InboxPage:
    """It shows names, so that it was read goes into the audit log."""
    with database.transaction(principal) as session:
        today = today_of(session, at.now)
        counts = {show: _count(session, replace(choice, show=show), today) for show in SHOWS}
        pages = max(1, -(-counts[choice.show] // _SHOWN))
        choice = replace(choice, page=min(choice.page, pages))
        record(
            session,
            action="view",
            object_kind="cases",
            object_id=None,
            guarantor_id=None,
            now=at.now,
            request_id=at.request_id,
        )
        return InboxPage(
            choice=choice,
            cases=tuple(_rows(session, choice, now=at.now, today=today)),
            counts=counts,
            kinds=kinds_for(principal.role),
            pages=pages,
        )


def staff_names(session: Session) -> Mapping[UUID, str]:
    """Of everybody who works, or worked, here."""
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {row.staff_id: row.name for row in rows}


def _which(session: Session, choice: InboxChoice, today: date) -> Sequence[ColumnElement[bool]]:
    principal = principal_of(session)
    kinds = [one.value for one in kinds_for(principal.role) if choice.kind in ("", one.value)]
    which = [
        Case.practice_id == practice_of(session),
        Case.state.in_([state.value for state in _STATES[choice.show]]),
        Case.kind.in_(kinds),
    ]
    if choice.mine:
        which.append(Case.assigned_to == principal.actor_id)
    if choice.show == "late":
        which.append(Case.due_on < today)
    return which


def _count(session: Session, choice: InboxChoice, today: date) -> int:
    return session.scalars(
        select(func.count()).select_from(Case).where(*_which(session, choice, today))
    ).one()


def _rows(
    session: Session, choice: InboxChoice, *, now: datetime, today: date
) -> Sequence[InboxRow]:
    zone, names = ZoneInfo(practice_contact(session).time_zone), staff_names(session)
    rows = session.execute(_page_of(session, choice, today))
    return [
        InboxRow(
            case_id=case.case_id,
            number=case.number,
            kind=CaseKind(case.kind),
            state=CaseState(case.state),
            guarantor_id=case.guarantor_id,
            name=in_mixed_case(f"{person.first_name} {person.last_name}".strip()),
            account_number=person.account_number,
            opened_at=(case.opened_at or case.created_at).astimezone(zone),
            days=((case.closed_at or now) - (case.opened_at or case.created_at)).days,
            due_on=case.due_on,
            is_late=case.due_on is not None and case.due_on < today,
            assigned_to=names.get(case.assigned_to, "") if case.assigned_to else "",
            outcome=case.outcome,
        )
        for case, person in rows
    ]


def _page_of(session: Session, choice: InboxChoice, today: date) -> Select[Case, Guarantor]:
    order = (
        (Case.due_on.nulls_last(), Case.opened_at, Case.case_id)
        if choice.sorted_by == "due"
        else (Case.opened_at, Case.case_id)
    )
    return (
        select(Case, Guarantor)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_of(session))
            & (Guarantor.guarantor_id == Case.guarantor_id),
        )
        .where(*_which(session, choice, today))
        .order_by(*order)
        .limit(_SHOWN)
        .offset((choice.page - 1) * _SHOWN)
    )

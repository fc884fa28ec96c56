"""The posters' overview and its lists, page by page. What shows names leaves an audit row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Generic, TypeVar

from portal.audit.record import record
from portal.db import Database, Principal
from portal.domain.hold_kinds import HOLDS, HoldKind
from portal.domain.hold_words import hold_words
from portal.practice.models import Hold
from portal.remittances.claims.work import may_release
from portal.remittances.silent_plans import SilentPlanRow, count_silent_plans, silent_plans
from portal.remittances.worklists import (
    NOBODYS,
    HoldRow,
    ImportRow,
    Lists,
    QuarantineRow,
    WaitingClaimRow,
    Window,
)

ROWS_OF_A_PAGE: Final = 50
_FIRST: Final = Window(10)

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class InsurancePage:
    """The first of each list, and how long each list is."""

    imports: tuple[ImportRow, ...]
    quarantine: tuple[QuarantineRow, ...]
    holds: tuple[HoldRow, ...]
    waiting: tuple[WaitingClaimRow, ...]
    silent: tuple[SilentPlanRow, ...]
    import_count: int
    quarantine_count: int
    hold_count: int
    waiting_count: int
    silent_count: int


@dataclass(frozen=True, slots=True)
class ListPage(Generic[_Row]):
    """One page of a list; ``number`` counts from 1."""

    rows: tuple[_Row, ...]
    count: int
    number: int

    @property
    def first(self) -> int:
        """The place of the first row in the whole list."""
        return (self.number - 1) * ROWS_OF_A_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def earlier(self) -> int | None:
        """The page before this one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def later(self) -> int | None:
        """The page after this one."""
        return self.number + 1 if self.last < self.count else None


@dataclass(frozen=True, slots=True)
class HoldKindRow:
    """A kind of hold to choose, and how many there are."""

    kind: HoldKind
    means: str
    count: int


@dataclass(frozen=True, slots=True)
class HoldsPage:
    """Holds, those of one kind, or those that whoever looks may release."""

    page: ListPage[HoldRow]
    kinds: tuple[HoldKindRow, ...]
    kind: HoldKind | None
    only_mine: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, when, in which language and request."""

    principal: Principal
    language: str
    now: datetime
    request_id: str


def insurance_page(database: Database, looking: Looking) -> InsurancePage:
    """The page of whoever posts remittances."""
    with _lists(database, looking, "insurance") as (lists, today):
        role, language = looking.principal.role, looking.language
        return InsurancePage(
            imports=lists.imports(_FIRST),
            quarantine=lists.quarantine(_FIRST),
            holds=lists.holds(~NOBODYS, _FIRST, role=role, language=language),
            waiting=lists.waiting(_FIRST),
            silent=silent_plans(lists.session, today=today, limit=_FIRST.limit),
            import_count=lists.count_imports(),
            quarantine_count=lists.count_quarantine(),
            hold_count=lists.count_holds(~NOBODYS),
            waiting_count=lists.count_holds(NOBODYS),
            silent_count=count_silent_plans(lists.session, today=today),
        )


def quarantine_list(
    database: Database, looking: Looking, *, number: int
) -> ListPage[QuarantineRow]:
    """What is not posted, newest first."""
    with _lists(database, looking, "quarantine_list") as (lists, _):
        return ListPage(lists.quarantine(_window(number)), lists.count_quarantine(), number)


def hold_list(
    database: Database, looking: Looking, *, number: int, kind: HoldKind | None, only_mine: bool
) -> HoldsPage:
    """What is kept off statements, newest first."""
    role, language = looking.principal.role, looking.language
    which = ~NOBODYS
    if kind is not None:
        which &= Hold.kind == kind.value
    if only_mine:
        which &= Hold.kind.in_([one.value for one in HOLDS if may_release(one, role)])
    with _lists(database, looking, "hold_list") as (lists, _):
        return HoldsPage(
            page=ListPage(
                lists.holds(which, _window(number), role=role, language=language),
                lists.count_holds(which),
                number,
            ),
            kinds=tuple(
                HoldKindRow(one, hold_words(one, language).means, count)
                for one, count in lists.count_kinds().items()
            ),
            kind=kind,
            only_mine=only_mine,
        )


def waiting_list(database: Database, looking: Looking, *, number: int) -> ListPage[WaitingClaimRow]:
    """Claims of nobody, newest first."""
    with _lists(database, looking, "waiting_list") as (lists, _):
        return ListPage(lists.waiting(_window(number)), lists.count_holds(NOBODYS), number)


def silent_list(database: Database, looking: Looking, *, number: int) -> ListPage[SilentPlanRow]:
    """Plans to call, the longest silence first."""
    with _lists(database, looking, "silent_list") as (lists, today):
        window = _window(number)
        rows = silent_plans(lists.session, today=today, limit=window.limit, offset=window.offset)
        return ListPage(rows, count_silent_plans(lists.session, today=today), number)


def file_list(database: Database, looking: Looking, *, number: int) -> ListPage[ImportRow]:
    """Files, newest first."""
    with _lists(database, looking, "file_list") as (lists, _):
        return ListPage(lists.imports(_window(number)), lists.count_imports(), number)


def _window(number: int) -> Window:
    return Window(ROWS_OF_A_PAGE, (number - 1) * ROWS_OF_A_PAGE)


@contextmanager
def _lists(database: Database, looking: Looking, what: str) -> Iterator[tuple[Lists, date]]:
    """The lists and the practice's day; that somebody looked is noted."""
    with database.transaction(looking.principal) as session:
        record(
            session,
            action="view",
            object_kind=what,
            object_id=None,
            guarantor_id=None,
            now=looking.now,
            request_id=looking.request_id,
        )
        lists = Lists(session)
        yield lists, lists.day(looking.now)

"""What the pages of help show, as values: to who opened a case and who else may read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.cases.files import FileRow
from portal.cases.visits import VisitChoice
from portal.domain.cases import HOLDS_VISITS, OURS, STANDING, WITH_FILES, CaseKind, CaseState
from portal.practice.contact import PracticeContact


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list."""

    case_id: UUID
    number: str
    kind: CaseKind
    state: CaseState
    opened_on: date
    due_on: date | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class WaysPage:
    """The ways of help. ``visit``: the one that somebody came from; ``line`` of it, by its id.

    ``standing``: cases that are open, so that nobody asks twice. ``can_write``: false for a date
    of birth that is more than one patient's, since nobody knows whose the case would be.
    """

    practice: PracticeContact
    statement_id: UUID | None
    visit: VisitChoice | None
    line: UUID | None
    standing: tuple[CaseRow, ...]
    answer_within: Mapping[CaseKind, int]
    can_write: bool = True


@dataclass(frozen=True, slots=True)
class AskPage:
    """One kind's questions. Without ``visit`` the visits of the account may be chosen."""

    practice: PracticeContact
    statement_id: UUID | None
    kind: CaseKind
    visit: VisitChoice | None
    line: UUID | None
    visits: tuple[VisitChoice, ...]
    case_id: UUID | None  # of the draft that is being changed

    @property
    def has_nothing_to_choose(self) -> bool:
        """It needs a visit, and whoever asks sees none whole that they are billed for."""
        return self.kind in HOLDS_VISITS and self.visit is None and not self.visits


@dataclass(frozen=True, slots=True)
class DraftPage:
    """What was written down and not sent."""

    practice: PracticeContact
    statement_id: UUID | None
    case_id: UUID
    kind: CaseKind
    answers: Mapping[str, Any]
    visits: tuple[VisitChoice, ...]
    lines: frozenset[UUID]
    files: tuple[FileRow, ...]
    answer_within: int

    @property
    def takes_files(self) -> bool:
        return self.kind in WITH_FILES

    @property
    def holds(self) -> bool:
        return self.kind in HOLDS_VISITS


@dataclass(frozen=True, slots=True)
class WordRow:
    """One word of the thread."""

    words: str
    is_by_staff: bool
    written_at: datetime


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case, for who may read it. ``paused``: those of its visits that are held now.

    ``is_mine``: whoever reads opened it, and only they write in it.
    """

    practice: PracticeContact
    statement_id: UUID | None
    case_id: UUID
    number: str
    kind: CaseKind
    state: CaseState
    answers: Mapping[str, Any]
    opened_at: datetime
    due_on: date | None
    is_late: bool
    outcome: str | None
    closed_on: date | None
    is_mine: bool
    can_reply: bool
    can_withdraw: bool
    is_holding: bool
    visits: tuple[VisitChoice, ...]
    lines: frozenset[UUID]
    paused: frozenset[UUID]
    thread: tuple[WordRow, ...]
    files: tuple[FileRow, ...]

    @property
    def is_standing(self) -> bool:
        return self.state in STANDING

    @property
    def is_ours(self) -> bool:
        return self.state in OURS

    @property
    def holds(self) -> bool:
        return self.kind in HOLDS_VISITS and self.is_holding

    @property
    def takes_files(self) -> bool:
        return self.is_mine and self.is_standing


@dataclass(frozen=True, slots=True)
class CasesPage:
    """All that somebody opened, or may read, the newest first."""

    practice: PracticeContact
    statement_id: UUID | None
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True)
class From:
    """Where somebody came from: a statement, a visit, a line of it."""

    statement_id: UUID | None = None
    claim_id: UUID | None = None
    charge_id: UUID | None = None

"""What every page about one plan has: which plan it is, whose practice, and the way back."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from portal.practice.contact import PracticeContact


class PlanFrame(Protocol):
    """The head of such a page; ``statement_id`` is what they came in by."""

    @property
    def practice(self) -> PracticeContact: ...

    @property
    def statement_id(self) -> UUID | None: ...


Head = TypeVar("Head", bound=PlanFrame)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfPlan(Generic[Head]):
    """The frame of a page asks it, not its plan."""

    plan: Head

    @property
    def practice(self) -> PracticeContact:
        return self.plan.practice

    @property
    def statement_id(self) -> UUID | None:
        return self.plan.statement_id

"""How somebody looks at the work list: which reasons, who pays how, in which order, which page.

It is read from an address and kept under a name, so nothing in it is about a person.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from portal.collections.reasons import AT_RISK, WorkReason

ALL: Final = ""
AT_RISK_OF_FAILING: Final = "at_risk"
_PAGE: Final = re.compile(r"[1-9]\d{0,3}", re.ASCII)
Choice = TypeVar("Choice", bound=StrEnum)


class PaysBy(StrEnum):
    """How a person's plans are paid."""

    ANY = ""
    AUTOPAY = "autopay"
    HAND = "hand"


class SortedBy(StrEnum):
    """What comes first."""

    URGENT = "urgent"
    OLDEST = "oldest"
    OWES_MOST = "owes_most"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkChoice:
    """``show``: everything, what is at risk, or one reason."""

    show: str = ALL
    pays_by: PaysBy = PaysBy.ANY
    sorted_by: SortedBy = SortedBy.URGENT
    page: int = 1

    @property
    def shown(self) -> frozenset[WorkReason]:
        """Who has one of these is on the list."""
        if self.show == AT_RISK_OF_FAILING:
            return AT_RISK
        return frozenset({WorkReason(self.show)}) if self.show else frozenset(WorkReason)

    def as_arguments(self, **otherwise: str) -> dict[str, Any]:
        """Of an address, on its first page; what is as usual is left out.

        ``otherwise``: fields by name that are chosen otherwise than here.
        """
        return choice_from({**self.on_page(1), **otherwise}).on_page(1)

    def on_page(self, page: int) -> dict[str, Any]:
        """The same on another page."""
        named = {
            "show": self.show,
            "pays_by": self.pays_by.value,
            "sorted_by": self.sorted_by.value if self.sorted_by is not SortedBy.URGENT else "",
            "page": str(page) if page > 1 else "",
        }
        return {name: value for name, value in named.items() if value}


def choice_from(typed: Mapping[str, str]) -> WorkChoice:
    """What an address or a saved view says; whatever nobody knows is as usual."""
    show = typed.get("show", ALL)
    if show != AT_RISK_OF_FAILING and show not in set(WorkReason):
        show = ALL
    page = typed.get("page", "")
    return WorkChoice(
        show=show,
        pays_by=_one_of(PaysBy, typed.get("pays_by", "")) or PaysBy.ANY,
        sorted_by=_one_of(SortedBy, typed.get("sorted_by", "")) or SortedBy.URGENT,
        page=int(page) if _PAGE.fullmatch(page) else 1,
    )


def _one_of(kind: type[Choice], typed: str) -> Choice | None:
    return kind(typed) if typed in set(kind) else None

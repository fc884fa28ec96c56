"""What cases ask of other features; the composition hands it over (portal/app.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import Database, Principal
from portal.domain.allocation import Allocation


class ChangeHolds(Protocol):
    """Hold these visits as disputed, or end that; False while an import runs: try again."""

    def __call__(
        self,
        session: Session,
        claim_ids: Collection[UUID],
        *,
        now: datetime,
        today: date,
        request_id: str,
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class DisputeHolds:
    """Both ways."""

    place: ChangeHolds
    end: ChangeHolds


class VisitsOnStatement(Protocol):
    """The visits that a statement asks for; None for a statement that is not theirs."""

    def __call__(self, session: Session, statement_id: UUID, /) -> Collection[UUID] | None: ...


class TakeInsurance(Protocol):
    """Put what is on a card on file; what speaks against it, or an empty word.

    ``overlaps``: another plan has this place in line; ``importing``: try again later;
    ``unknown``: no such patient.
    """

    def __call__(
        self,
        database: Database,
        principal: Principal,
        patient_id: UUID,
        *,
        payer_name: str,
        member_identifier: str,
        rank: int,
        starts_on: date | None,
        now: datetime,
        today: date,
        request_id: str,
    ) -> str: ...


class DetailsForPractice(Protocol):
    """Account, visits and lines of these parts, as the practice's own system names them."""

    def __call__(
        self, session: Session, guarantor_id: UUID, parts: Sequence[Allocation], /
    ) -> Mapping[str, Any]: ...

"""What sent claims say about insurance: plans put on file where nothing on file contradicts them.

A plan is in force from the first day of service it was billed for, and goes on. Which of two plans
in the same place is right is for staff.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from portal.db import new_id
from portal.domain.sent_claim import SentClaim, SentPlan
from portal.practice.models import Coverage
from portal.remittances.posting.copy_text import line
from portal.remittances.posting.patients import FoundPatient


class Filed(StrEnum):
    """What became of a plan that a claim names."""

    KNOWN = "known"
    ADDED = "added"
    CONTRADICTS = "contradicts"  # another plan has its place that day, or it has another place


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when a plan is in force; None: nobody said."""

    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(slots=True)
class _OnFile:
    coverage_id: UUID
    payer_id: UUID
    rank: int
    starts_on: date | None
    ends_on: date | None

    def is_in_force(self, on: date | None) -> bool:
        return on is None or (self.starts_on or on) <= on <= (self.ends_on or on)


@dataclass(slots=True)
class CoverageBook:
    """The plans of some patients, as far as claims may add to them."""

    connection: Connection
    practice_id: UUID
    changed: set[UUID] = field(default_factory=set)  # patients whose claims have to be looked at
    _on_file: dict[UUID, list[_OnFile]] = field(default_factory=lambda: defaultdict(list))
    _read: set[UUID] = field(default_factory=set)
    _added: dict[UUID, tuple[FoundPatient, SentPlan, _OnFile]] = field(default_factory=dict)

    def prepare(self, patient_ids: Collection[UUID]) -> None:
        """Read the plans of patients that were not met before."""
        unread = set(patient_ids) - self._read
        self._read |= unread
        rows = self.connection.execute(
            select(
                Coverage.patient_id,
                Coverage.coverage_id,
                Coverage.payer_id,
                Coverage.rank,
                Coverage.starts_on,
                Coverage.ends_on,
            ).where(
                Coverage.practice_id == self.practice_id,
                Coverage.patient_id == func.any(list(unread)),
            )
        )
        for row in rows:
            self._on_file[row.patient_id].append(
                _OnFile(row.coverage_id, row.payer_id, row.rank, row.starts_on, row.ends_on)
            )

    def take(
        self, patient: FoundPatient, claim: SentClaim, plan: SentPlan, *, payer_id: UUID
    ) -> Filed:
        """One plan of a claim, of a patient that was prepared; its place in line is known."""
        return self.take_for(patient, plan, Term(claim.service_from), payer_id=payer_id)

    def take_for(
        self, patient: FoundPatient, plan: SentPlan, term: Term, *, payer_id: UUID
    ) -> Filed:
        """One plan of a patient that was prepared, from its first day on; its place is known."""
        on, rank = term.starts_on, plan.rank or 0
        on_file = self._on_file[patient.patient_id]
        same = [one for one in on_file if one.payer_id == payer_id]
        for one in same:
            if one.is_in_force(on):
                return Filed.KNOWN if one.rank == rank else Filed.CONTRADICTS
        if any(one.rank == rank and one.is_in_force(on) for one in on_file):
            return Filed.CONTRADICTS
        later = [one for one in on_file if one.rank == rank and on and (one.starts_on or on) > on]
        self.changed.add(patient.patient_id)
        following = min(later, key=lambda one: one.starts_on or date.max, default=None)
        if following is not None and following.payer_id == payer_id:
            self._begin_earlier(following, on)
            return Filed.KNOWN
        next_starts_on = following.starts_on if following else None
        before_next = next_starts_on - timedelta(days=1) if next_starts_on else None
        ends_on = min((one for one in (before_next, term.ends_on) if one), default=None)
        added = _OnFile(new_id(), payer_id, rank, on, ends_on)
        on_file.append(added)
        self._added[added.coverage_id] = patient, plan, added
        return Filed.ADDED

    def take_lines(self) -> list[str]:
        """The plans added since the last call, as rows to load."""
        lines = [_line(*one) for one in self._added.values()]
        self._added.clear()
        return lines

    def _begin_earlier(self, one: _OnFile, on: date | None) -> None:
        """The plan was in force before the first day we knew of."""
        one.starts_on = on
        if one.coverage_id in self._added:
            return
        self.connection.execute(
            update(Coverage)
            .where(
                Coverage.practice_id == self.practice_id, Coverage.coverage_id == one.coverage_id
            )
            .values(starts_on=on)
        )


def _line(patient: FoundPatient, plan: SentPlan, added: _OnFile) -> str:
    return line(
        (
            added.coverage_id,
            patient.patient_id,
            patient.guarantor_id,
            added.payer_id,
            plan.subscriber.name.identifier,
            added.rank,
            plan.filing_indicator,
            added.starts_on,
            added.ends_on,
        )
    )

"""What happened to a claim, as its patient may know it: sent, received, decided, changed, and when.

Days only, and what changed; what is owed now is not told here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.domain.claim_position import Outcome
from portal.domain.hold_rules import FORWARDED_STATUSES


class StepKind(StrEnum):
    """Stable: they are frozen into statements."""

    SENT = "sent"
    SENT_AGAIN = "sent_again"
    RECEIVED = "received"
    DECIDED = "decided"
    PASSED_ON = "passed_on"  # decided, and sent on to the next plan by the first
    TAKEN_BACK = "taken_back"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One thing that happened; ``on`` None: it must have, and nobody told us when."""

    kind: StepKind
    payer_name: str
    on: date | None


@dataclass(frozen=True, slots=True)
class DecisionChange:
    """A plan decided anew. ``…_share_cents`` None: the share is not this plan's to say."""

    payer_name: str
    changed_on: date
    paid_before_cents: int
    paid_now_cents: int
    share_before_cents: int | None
    share_now_cents: int | None

    @property
    def is_seen(self) -> bool:
        """Whether there is anything to tell."""
        before = (self.paid_before_cents, self.share_before_cents)
        return before != (self.paid_now_cents, self.share_now_cents)


@dataclass(frozen=True, slots=True)
class SentOnce:
    """The practice sent the claim to a payer (X12 837)."""

    payer_name: str
    sent_on: date


@dataclass(frozen=True, slots=True)
class HeardOnce:
    """One CLP of the claim, whatever it did: a decision, or the taking back of one."""

    adjudication_id: UUID
    payer_name: str
    rank: int
    status: str  # CLP02
    outcome: Outcome
    decided_on: date
    paid_cents: int
    share_cents: int  # sum of PR
    voids: UUID | None = None
    corrects: tuple[UUID, ...] = ()
    is_moved: bool = False  # it was another claim's all along
    received_on: date | None = None  # the payer got the claim


def journey(sent: Sequence[SentOnce], heard: Sequence[HeardOnce]) -> tuple[JourneyStep, ...]:
    """By day, what has no day first. Repeats, and what waits in suspense, are no steps."""
    steps = [*_sent(sent, heard), *_received(heard), *_heard(heard)]
    return tuple(sorted(steps, key=lambda step: (step.on is not None, step.on or date.min)))


def changes(heard: Sequence[HeardOnce], *, after: UUID | None = None) -> tuple[DecisionChange, ...]:
    """What each new decision of a payer changed, against those it takes the place of.

    ``after``: only decisions that came after this id was made (ids are in the order of time).
    """
    known = {one.adjudication_id: one for one in heard}
    decisions = _decisions(heard)
    last_rank = max((one.rank for one in decisions), default=0)
    found = []
    for one in decisions:
        before = _replaced(one, known)
        if not before or (after is not None and one.adjudication_id < after):
            continue
        now = [other for other in decisions if other is one or _is_part_of(other, one, known)]
        says_share = one.rank == last_rank
        change = DecisionChange(
            payer_name=one.payer_name,
            changed_on=one.decided_on,
            paid_before_cents=sum(old.paid_cents for old in before),
            paid_now_cents=sum(new.paid_cents for new in now),
            share_before_cents=sum(old.share_cents for old in before) if says_share else None,
            share_now_cents=sum(new.share_cents for new in now) if says_share else None,
        )
        if change.is_seen:
            found.append(change)
    return tuple(found)


def _is_part_of(other: HeardOnce, one: HeardOnce, known: Mapping[UUID, HeardOnce]) -> bool:
    """A payer may decide anew in several parts; the first names what they all take the place of."""
    same_turn = (other.payer_name, other.rank) == (one.payer_name, one.rank)
    return same_turn and other.decided_on == one.decided_on and not _replaced(other, known)


def _decisions(heard: Iterable[HeardOnce]) -> list[HeardOnce]:
    return [one for one in heard if one.outcome is Outcome.POSTED]


def _replaced(one: HeardOnce, known: Mapping[UUID, HeardOnce]) -> list[HeardOnce]:
    """The decisions it corrects after a reversal, or takes the place of without one."""
    replaced = {*one.corrects, one.voids}
    return [old for adjudication_id, old in known.items() if adjudication_id in replaced]


def _sent(sent: Sequence[SentOnce], heard: Sequence[HeardOnce]) -> list[JourneyStep]:
    """Who decided without being told must have been told; a later plan may have been by another."""
    steps = []
    told: set[str] = set()
    for one in sorted(sent, key=lambda one: one.sent_on):
        kind = StepKind.SENT_AGAIN if one.payer_name in told else StepKind.SENT
        told.add(one.payer_name)
        steps.append(JourneyStep(kind, one.payer_name, one.sent_on))
    first = min(_decisions(heard), key=lambda one: one.rank, default=None)
    if first is not None and not sent:
        steps.append(JourneyStep(StepKind.SENT, first.payer_name, None))
    return steps


def _received(heard: Sequence[HeardOnce]) -> list[JourneyStep]:
    """When each plan first got the claim, by its own word."""
    days: dict[str, date] = {}
    for one in _decisions(heard):
        if one.received_on is not None and not one.is_moved:
            days[one.payer_name] = min(one.received_on, days.get(one.payer_name, one.received_on))
    return [JourneyStep(StepKind.RECEIVED, payer_name, on) for payer_name, on in days.items()]


def _heard(heard: Sequence[HeardOnce]) -> list[JourneyStep]:
    """A decision taken back and made anew on one day is one step."""
    known = {one.adjudication_id: one for one in heard}
    changed = {
        (old.adjudication_id, one.decided_on)
        for one in _decisions(heard)
        for old in _replaced(one, known)
    }
    steps = []
    for one in heard:
        if one.is_moved:
            continue
        if one.outcome is Outcome.POSTED:
            kind = StepKind.CHANGED if _replaced(one, known) else StepKind.DECIDED
            if one.status in FORWARDED_STATUSES:
                kind = StepKind.PASSED_ON
            steps.append(JourneyStep(kind, one.payer_name, one.decided_on))
        elif (
            one.outcome is Outcome.REVERSAL
            and one.voids in known
            and known[one.voids].outcome is Outcome.POSTED
            and (one.voids, one.decided_on) not in changed
        ):
            steps.append(JourneyStep(StepKind.TAKEN_BACK, one.payer_name, one.decided_on))
    return steps

"""Why a plan is on the list of those that may fail: rules with names, and the day each goes by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from portal.domain.plans.progress import progress_of
from portal.domain.plans.schedule import Installment, InstallmentKind
from portal.domain.plans.standing import Miss
from portal.domain.plans.states import InstallmentState
from portal.domain.plans.versions import PlanVersion

CURE_ENDS_WITHIN: Final = timedelta(days=5)
PROMISE_COUNTS_FOR: Final = timedelta(days=90)

_DECLINED: Final = frozenset({InstallmentState.FAILED, InstallmentState.RETRY_SCHEDULED})


class RiskRule(StrEnum):
    """In brackets: what ``Risk.day`` is."""

    FIRST_MISSED = "first_missed"  # when the first installment was due
    LAST_TRY_DECLINED = "last_try_declined"  # when the installment was due
    CARD_EXPIRES_FIRST = "card_expires_first"  # the first day it does not work any more
    MOVED_TWICE = "moved_twice"  # when the second of them is due
    PROMISE_BROKEN = "promise_broken"  # the day promised
    CURE_ENDS = "cure_ends"  # the last day to catch up


@dataclass(frozen=True, slots=True)
class Risk:
    """One rule that holds."""

    rule: RiskRule
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts:
    """Of one live plan. ``card_ends_on``: the first day without; None for no card."""

    version: PlanVersion
    paid_cents: int
    states: Mapping[int, InstallmentState]
    misses: tuple[Miss, ...] = ()
    card_ends_on: date | None = None
    promise_broken_on: date | None = None
    cure_until: date | None = None


def risks(facts: RiskFacts, *, today: date) -> tuple[Risk, ...]:
    """Every rule that holds today, the gravest first."""
    return (
        *_cure_ends(facts, today),
        *_first_missed(facts),
        *_declined(facts),
        *_card_expires(facts, today),
        *_promise_broken(facts, today),
        *_moved_twice(facts),
    )


def _cure_ends(facts: RiskFacts, today: date) -> Iterator[Risk]:
    if facts.cure_until is not None and facts.cure_until - today <= CURE_ENDS_WITHIN:
        yield Risk(RiskRule.CURE_ENDS, facts.cure_until)


def _first_missed(facts: RiskFacts) -> Iterator[Risk]:
    first = next(iter(_regular(facts)), None)
    if first is not None and any(one.number == first.number for one in facts.misses):
        yield Risk(RiskRule.FIRST_MISSED, first.due_on)


def _declined(facts: RiskFacts) -> Iterator[Risk]:
    for one in facts.version.installments:
        if facts.states.get(one.number) in _DECLINED:
            yield Risk(RiskRule.LAST_TRY_DECLINED, one.due_on)
            return


def _card_expires(facts: RiskFacts, today: date) -> Iterator[Risk]:
    progress = progress_of(facts.version.installments, paid_cents=facts.paid_cents)
    following = progress.next_due(today)
    ends_on = facts.card_ends_on
    if following is not None and ends_on is not None and ends_on <= following.installment.due_on:
        yield Risk(RiskRule.CARD_EXPIRES_FIRST, ends_on)


def _promise_broken(facts: RiskFacts, today: date) -> Iterator[Risk]:
    broken_on = facts.promise_broken_on
    if broken_on is not None and today - broken_on <= PROMISE_COUNTS_FOR:
        yield Risk(RiskRule.PROMISE_BROKEN, broken_on)


def _moved_twice(facts: RiskFacts) -> Iterator[Risk]:
    """Two neighbours; the newest such pair."""
    pairs = [
        second
        for first, second in pairwise(_regular(facts))
        if first.moved_from is not None and second.moved_from is not None
    ]
    if pairs:
        yield Risk(RiskRule.MOVED_TWICE, pairs[-1].due_on)


def _regular(facts: RiskFacts) -> list[Installment]:
    return [one for one in facts.version.installments if one.kind is InstallmentKind.REGULAR]

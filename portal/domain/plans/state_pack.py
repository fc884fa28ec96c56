"""What a state's law may ask of a payment plan, and what is strictest of several laws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce
from typing import Final, TypeVar

_Figure = TypeVar("_Figure", int, date)
_CHECKED_AGAIN_AFTER: Final = timedelta(days=365)


class ProviderKind(StrEnum):
    """Some laws are of hospitals, some of everybody who treats."""

    PROFESSIONAL = "professional"
    HOSPITAL = "hospital"


class IncomeBasis(StrEnum):
    """Of which monthly income a share is taken, if the patient gives it."""

    GROSS = "gross"
    AFTER_ESSENTIALS = "after_essentials"  # less what living costs


class Notice(StrEnum):
    """Texts an agreement or its page must carry; the texts are kept in both languages elsewhere."""

    CA_NO_CREDIT_REPORTING = "ca_no_credit_reporting"  # without it the contract is void
    CO_PATIENT_RIGHTS = "co_patient_rights"
    NJ_NOT_REPORTED = "nj_not_reported"
    NY_CARD_RISKS = "ny_card_risks"  # above the form for a card


@dataclass(frozen=True, slots=True, kw_only=True)
class StatePack:
    """One law, or several taken together. None: nothing is said about it.

    ``in_force_until`` is the last day. ``least_months``: who wants so long a plan may have it. An
    example for counsel to confirm, as of ``checked_on``.
    """

    states: frozenset[str]
    providers: frozenset[ProviderKind]
    in_force_from: date
    source: str
    checked_on: date
    in_force_until: date | None = None
    max_income_percent: int | None = None  # of a month, for all that is due in it
    income_basis: IncomeBasis = IncomeBasis.GROSS
    least_months: int = 0
    max_months: int | None = None
    max_apr_percent: int | None = None
    least_grace_days: int = 0
    default_not_before_days: int = 0
    agency_after_days: int = 120
    notices: frozenset[Notice] = frozenset()

    def is_in_force(self, day: date) -> bool:
        """Both days included."""
        return self.in_force_from <= day and (
            self.in_force_until is None or day <= self.in_force_until
        )

    def is_to_be_checked(self, today: date) -> bool:
        """Whether a year has passed since somebody read the law."""
        return today > self.checked_on + _CHECKED_AGAIN_AFTER


def strictest(packs: Sequence[StatePack]) -> StatePack:
    """For each rule the one that is kindest to the patient, with all notices of all packs.

    Raises TypeError when there is none.
    """
    return reduce(_stricter, packs)


def _stricter(one: StatePack, other: StatePack) -> StatePack:
    bases = {one.income_basis, other.income_basis}
    after_essentials = IncomeBasis.AFTER_ESSENTIALS
    return StatePack(
        states=one.states | other.states,
        providers=one.providers | other.providers,
        in_force_from=max(one.in_force_from, other.in_force_from),
        in_force_until=_least(one.in_force_until, other.in_force_until),
        source="; ".join(dict.fromkeys((one.source, other.source))),
        checked_on=min(one.checked_on, other.checked_on),
        max_income_percent=_least(one.max_income_percent, other.max_income_percent),
        income_basis=after_essentials if after_essentials in bases else IncomeBasis.GROSS,
        least_months=max(one.least_months, other.least_months),
        max_months=_least(one.max_months, other.max_months),
        max_apr_percent=_least(one.max_apr_percent, other.max_apr_percent),
        least_grace_days=max(one.least_grace_days, other.least_grace_days),
        default_not_before_days=max(one.default_not_before_days, other.default_not_before_days),
        agency_after_days=max(one.agency_after_days, other.agency_after_days),
        notices=one.notices | other.notices,
    )


def _least(one: _Figure | None, other: _Figure | None) -> _Figure | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)

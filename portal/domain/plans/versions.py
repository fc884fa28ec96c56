"""A plan as it was last agreed to. Every change makes the next version; earlier ones are kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from portal.domain.plans.cadence import Cadence
from portal.domain.plans.schedule import Installment, InstallmentKind, counted, in_order


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """All installments, paid ones too: their cents are what the plan is about.

    ``agreed_on``: the consent by which the plan began. ``agreed_count``: as many regular
    installments as the patient ever agreed to; more need a new agreement. ``last_number`` is the
    largest ever given, for numbers are never given twice.
    """

    number: int
    agreed_on: date
    cadence: Cadence
    installments: tuple[Installment, ...]
    agreed_count: int
    last_number: int

    @property
    def principal_cents(self) -> int:
        return sum(one.cents for one in self.installments)

    @property
    def waived_cents(self) -> int:
        return sum(one.waived_cents for one in self.installments)

    @property
    def usual_cents(self) -> int:
        """The largest regular installment; 0 where there is none."""
        return max(
            (one.cents for one in self.installments if one.kind is InstallmentKind.REGULAR),
            default=0,
        )


def first_version(
    installments: Iterable[Installment], *, cadence: Cadence, agreed_on: date
) -> PlanVersion:
    """What an offer becomes when it is agreed to."""
    rows = in_order(installments)
    return PlanVersion(
        number=1,
        agreed_on=agreed_on,
        cadence=cadence,
        installments=rows,
        agreed_count=counted(rows),
        last_number=max(one.number for one in rows),
    )


def next_version(version: PlanVersion, installments: Iterable[Installment]) -> PlanVersion:
    """With other rows, in order; a row whose cents have gone falls away, a skipped one stays."""
    rows = in_order(one for one in installments if one.cents or one.kind is InstallmentKind.SKIPPED)
    numbers = [one.number for one in rows]
    return replace(
        version,
        number=version.number + 1,
        installments=rows,
        last_number=max([version.last_number, *numbers]),
    )

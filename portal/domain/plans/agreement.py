"""What a consent keeps of a schedule: the hash of a text that says its days and cents."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final

from portal.domain.plans.cadence import Cadence
from portal.domain.plans.schedule import Installment, in_order

_FORM: Final = "plan schedule 1"


def schedule_text(installments: Iterable[Installment], *, cadence: Cadence) -> str:
    """One line for the rhythm, one for each row in order. Kept for good: never changed."""
    return "".join(f"{line}\n" for line in _lines(installments, cadence))


def schedule_hash(installments: Iterable[Installment], *, cadence: Cadence) -> str:
    """SHA-256 of the text, as 64 hexadecimal digits."""
    return sha256(schedule_text(installments, cadence=cadence).encode()).hexdigest()


def _lines(installments: Iterable[Installment], cadence: Cadence) -> Iterator[str]:
    yield _FORM
    days = ",".join(str(day) for day in cadence.days)
    yield f"{cadence.frequency} {cadence.starts_on} [{days}] {int(cadence.moves_off_holidays)}"
    for one in in_order(installments):
        yield f"{one.number} {one.kind} {one.due_on} {one.cents} {one.waived_cents}"

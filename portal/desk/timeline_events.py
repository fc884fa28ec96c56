"""One event of a person's timeline, whichever feature it came from."""

from dataclasses import dataclass
from datetime import date, datetime

EVENTS_MAX = 200


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One thing that happened; ``kind`` says which of the other fields mean something."""

    at: datetime
    kind: str
    actor: str = ""
    reference: str = ""
    address: str = ""
    payer_name: str = ""
    patient_first_name: str = ""
    service_on: date | None = None
    count: int = 0
    amount_cents: int | None = None
    on: date | None = None
    words: str = ""

"""How to reach the practice: what every page, message and paper says about it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.practice.models import Practice


@dataclass(frozen=True, slots=True)
class PracticeContact:
    """Whom to call, where to write, who sends messages. Nothing of a patient."""

    name: str
    phone: str
    hours: str
    hours_es: str
    address_lines: tuple[str, ...]
    tax_identifier: str
    assistance_url: str
    sender_name: str  # neutral: a specialty in a message would be PHI
    time_zone: str
    state: str = ""  # "NY": whose laws say what must be told
    slug: str = ""  # its short name, as its addresses have it
    look_version: int = 0  # of its style sheet; 0: the portal's own colours
    logo_id: UUID | None = None

    def hours_in(self, language: str) -> str:
        """When the phone is answered, in the reader's language where the practice gave it."""
        return self.hours_es if language == "es" and self.hours_es else self.hours


def practice_contact(session: Session) -> PracticeContact:
    """The practice of this transaction. Raises NoResultFound when it has no row."""
    practice_id = practice_of(session)
    row = session.execute(select(Practice).where(Practice.practice_id == practice_id)).scalar_one()
    return contact_of(row)


def contact_of(row: Practice) -> PracticeContact:
    """The same from a row that was read with something else."""
    place = f"{row.city}, {row.state} {row.postal_code}".strip(" ,")
    return PracticeContact(
        name=row.name,
        phone=row.phone,
        hours=row.phone_hours,
        hours_es=row.phone_hours_es,
        address_lines=tuple(line for line in (row.address_line, place) if line),
        tax_identifier=row.tax_identifier,
        assistance_url=row.assistance_url,
        sender_name=row.neutral_sender_name,
        time_zone=row.time_zone,
        state=row.state,
        slug=row.slug,
        look_version=row.look_version,
        logo_id=row.logo_id,
    )


def practice_day(practice: PracticeContact, *, now: datetime) -> date:
    """Which day it is where the practice is."""
    return now.astimezone(ZoneInfo(practice.time_zone)).date()

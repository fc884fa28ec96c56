"""A manager changes how the practice looks and what its pages say: looked at, tried, then made."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.audit.record import record
from portal.db import Database, Principal
from portal.practice.branding import (
    KeptVersion,
    PracticeSetup,
    add_logo,
    keep_setup,
    kept_versions,
    read_setup,
)
from portal.practice.contact import practice_contact


@dataclass(frozen=True, slots=True)
class PracticePage:
    """What counts, and every version of it, newest first."""

    slug: str
    version: int
    setup: PracticeSetup
    versions: tuple[KeptVersion, ...]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that would be another."""

    field: str
    before: object
    after: object


def practice_page(database: Database, principal: Principal) -> PracticePage:
    """The settings as they stand; of nobody, so no audit row."""
    with database.transaction(principal) as session:
        version, setup = read_setup(session)
        contact = practice_contact(session)
        return PracticePage(
            contact.slug, version, setup, kept_versions(session), ZoneInfo(contact.time_zone)
        )


def keep_logo(
    database: Database, principal: Principal, body: bytes, *, added_by: str, now: datetime
) -> UUID:
    """A logo to try; it counts when settings name it. Raises LogoRefusedError."""
    with database.transaction(principal) as session:
        return add_logo(session, body, added_by=added_by, now=now)


def set_practice(
    database: Database,
    principal: Principal,
    setup: PracticeSetup,
    *,
    seen: int,
    made_by: str,
    now: datetime,
    request_id: str,
) -> None:
    """Make it count. Raises SetupRefusedError, SetupChangedError."""
    with database.transaction(principal) as session:
        keep_setup(session, setup, seen=seen, made_by=made_by, now=now)
        record(
            session,
            action="change",
            object_kind="practice",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )


def changes(before: PracticeSetup, after: PracticeSetup) -> tuple[Change, ...]:
    """What would be another, in the order of the page."""
    pairs = (
        Change(one.name, getattr(before, one.name), getattr(after, one.name))
        for one in fields(PracticeSetup)
    )
    return tuple(one for one in pairs if one.before != one.after)

"""A statement link is looked at without a trace, and opened with a date of birth.

Wrong dates are counted by link, and by the address they come from (wrong_tries.py).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.birth_dates import guarantor_of, people_of
from portal.auth.link_tokens import LinkPointer, LinkTokens, token_hash
from portal.auth.links import CLOSED, WRONG_DATE, append_event, ended, lock_link, take_step
from portal.auth.models import StatementLink
from portal.auth.wrong_tries import count_answer, note_wrong_answer, take_back_answer
from portal.db import Database, Principal, practice_of
from portal.domain.link_status import WRONG_TRIES_MAX, LinkEnd, LinkState
from portal.practice.contact import PracticeContact, practice_contact


@dataclass(frozen=True, slots=True)
class LinkLanding:
    """All that may be said before a date of birth: who sent it, and whether it opens."""

    practice: PracticeContact | None
    ended: LinkEnd | None


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """What a right date of birth opens: this one statement.

    ``patient_id``: whose date it is, when it is not the guarantor's and one patient's only.
    """

    principal: Principal
    statement_id: UUID
    language: str
    is_guarantor: bool
    patient_id: UUID | None = None
    is_apart: bool = False  # the link went to the patient's own address


@dataclass(frozen=True, slots=True)
class WrongDate:
    """The date was not one of those; ``landing`` says whether the link still opens."""

    landing: LinkLanding


@dataclass(frozen=True, slots=True)
class Paused:
    """Too many wrong dates came from there: this one was not looked at, nor counted."""

    landing: LinkLanding


def look_at_link(
    database: Database, tokens: LinkTokens, token: str, *, now: datetime
) -> LinkLanding:
    """What a GET may say. Reads only; a token that is not ours does not even reach the database."""
    pointer = tokens.read(token)
    if pointer is None:
        return LinkLanding(None, LinkEnd.UNKNOWN)
    with database.transaction(_at_the_door(pointer)) as session:
        link = _find(session, pointer, token)
        return _landing(session, link, now=now)


def open_link(
    database: Database,
    tokens: LinkTokens,
    token: str,
    *,
    born_on: date,
    source: bytes,
    now: datetime,
    request_id: str,
) -> OpenedLink | WrongDate | Paused | LinkLanding:
    """Answer a date of birth; a LinkLanding means that the link had ended before.

    ``source`` is where the date comes from (`source_of_dates`).
    """
    pointer = tokens.read(token)
    if pointer is None:
        return LinkLanding(None, LinkEnd.UNKNOWN)
    with database.transaction(_at_the_door(pointer)) as session:
        link = _find(session, pointer, token)
        landing = _landing(session, link, now=now)
    if link is None or landing.ended:
        return landing
    counted = count_answer(database, source, now=now)
    if counted is None:
        return Paused(landing)
    principal = Principal.link(
        pointer.practice_id, guarantor_id=link.guarantor_id, link_id=link.link_id
    )
    try:
        outcome = _answer(
            database, principal, link.link_id, born_on=born_on, now=now, request_id=request_id
        )
    except Exception:  # nobody learned whether it was wrong
        take_back_answer(database, counted, now=now)
        raise
    if isinstance(outcome, WrongDate):
        note_wrong_answer(database, counted, now=now)
    else:
        take_back_answer(database, counted, now=now)
    return outcome


def _answer(
    database: Database,
    principal: Principal,
    link_id: UUID,
    *,
    born_on: date,
    now: datetime,
    request_id: str,
) -> OpenedLink | WrongDate | LinkLanding:
    """The link's row is locked, so that many tries at once are still counted one by one."""
    with database.transaction(principal) as session:
        link = lock_link(session, link_id)
        landing = _landing(session, link, now=now)
        if landing.ended:  # since we looked
            return landing
        people = people_of(session, link)
        opened = born_on in people.values()
        _note_try(session, link, opened=opened, now=now, request_id=request_id)
        if not opened:
            return WrongDate(_landing(session, link, now=now))
        guarantor = guarantor_of(session, link.guarantor_id)
        is_guarantor = people.get(link.guarantor_id) == born_on
        born_then = [one for one, date_of_one in people.items() if date_of_one == born_on]
        return OpenedLink(
            principal,
            link.statement_id,
            guarantor.language,
            is_guarantor=is_guarantor,
            patient_id=born_then[0] if len(born_then) == 1 and not is_guarantor else None,
            is_apart=link.for_patient_id is not None,
        )


def _at_the_door(pointer: LinkPointer) -> Principal:
    """Nobody yet: the portal itself reads the one link that a signed token names."""
    return Principal.job(pointer.practice_id, role="statement link")


def _find(session: Session, pointer: LinkPointer, token: str) -> StatementLink | None:
    return session.execute(
        select(StatementLink).where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.link_id == pointer.link_id,
            StatementLink.token_hash == token_hash(token),
        )
    ).scalar_one_or_none()


def _landing(session: Session, link: StatementLink | None, *, now: datetime) -> LinkLanding:
    if link is None:
        return LinkLanding(None, LinkEnd.UNKNOWN)
    return LinkLanding(practice_contact(session), ended(session, link, now=now))


def _note_try(
    session: Session, link: StatementLink, *, opened: bool, now: datetime, request_id: str
) -> None:
    if link.state in (LinkState.MADE, LinkState.SENT):  # an answer is the proof of delivery
        take_step(session, link, LinkState.DELIVERED, now=now)
    take_step(session, link, LinkState.TRIED, now=now, detail="" if opened else WRONG_DATE)
    if opened:
        take_step(session, link, LinkState.VERIFIED, now=now)
    else:
        link.wrong_tries += 1
        session.flush()
        if link.wrong_tries >= WRONG_TRIES_MAX:
            append_event(session, link, CLOSED, now=now)
    record(
        session,
        action="open" if opened else "wrong_date",
        object_kind="statement_link",
        object_id=link.link_id,
        guarantor_id=link.guarantor_id,
        now=now,
        request_id=request_id,
    )

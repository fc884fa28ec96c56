"""Statement links: made, stepped on, revoked; what ends them. Opening: link_opening.py.

A link is a pointer, not a key. It ends when it is revoked, after five wrong dates, and by time only
when nothing is owed any more; whoever follows it then is told what to do. Until then it opens a
paid statement and its receipts too (docs/adr/0004-how-long-a-link-lives.md).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.birth_dates import born_on_by_person
from portal.auth.link_tokens import LinkTokens, token_hash
from portal.auth.models import StatementLink, StatementLinkEvent
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain.link_status import WRONG_TRIES_MAX, LinkEnd, LinkState, move_to
from portal.ledger.queries import receivable_cents

LIFETIME = timedelta(days=180)
"""How long it opens, once nothing is owed, after it was made or its statement was last paid on."""

WRONG_DATE = "wrong_date"  # detail of a TRIED event
REPORTED = "reported"  # detail of a DELIVERED event: by a mail server, not known by an answer
REVOKED, CLOSED = "revoked", "closed"  # events that are ends, not states
NEWER_LINK = "newer link"
STATEMENT_VOIDED = "statement voided"


class UnknownLinkError(LookupError):
    """No such link in this practice."""


def make_link(
    session: Session,
    *,
    tokens: LinkTokens,
    guarantor_id: UUID,
    statement_id: UUID,
    patient_ids: Sequence[UUID],
    now: datetime,
    for_patient_id: UUID | None = None,
) -> UUID:
    """A link for e-mail; earlier ones to the same statement and person stop opening.

    ``patient_ids`` are the patients on the statement: their dates of birth open it too, but for
    those who are reached apart. Theirs opens the one made ``for_patient_id``, and nobody else's.
    """
    practice_id = practice_of(session)
    is_theirs = StatementLink.for_patient_id.is_not_distinct_from(for_patient_id)
    _revoke_live(session, statement_id, is_theirs, by=NEWER_LINK, now=now)
    link_id = new_id()
    session.execute(
        insert(StatementLink).values(
            practice_id=practice_id,
            link_id=link_id,
            guarantor_id=guarantor_id,
            statement_id=statement_id,
            patient_ids=list(patient_ids),
            token_hash=token_hash(tokens.make(practice_id, link_id)),
            channel="email",
            created_at=now,
            created_by=_actor(principal_of(session)),
            expires_at=now + LIFETIME,
            state=LinkState.MADE.value,
            for_patient_id=for_patient_id,
        )
    )
    return link_id


def revoke_link(
    database: Database, principal: Principal, link_id: UUID, *, now: datetime, request_id: str
) -> UUID:
    """Make a link open nothing, from now on; returns whose it was. Raises UnknownLinkError."""
    with database.transaction(principal) as session:
        link = lock_link(session, link_id)
        if link.revoked_by in (None, NEWER_LINK):
            _revoke(session, link, by=_actor(principal), now=now)
        record(
            session,
            action="revoke",
            object_kind="statement_link",
            object_id=link_id,
            guarantor_id=link.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return link.guarantor_id


def retire_links(session: Session, statement_id: UUID, *, now: datetime) -> None:
    """For whoever voids a statement: its links say that there is a newer one."""
    _revoke_live(session, statement_id, by=STATEMENT_VOIDED, now=now)


def keep_links_open(session: Session, statement_id: UUID, *, now: datetime) -> None:
    """For whoever records a payment: whoever paid finds the receipt by the link they have."""
    session.execute(
        update(StatementLink)
        .where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.statement_id == statement_id,
            StatementLink.revoked_at.is_(None),
        )
        .values(expires_at=now + LIFETIME)
    )


def record_step(
    session: Session, link_id: UUID, step: LinkState, *, now: datetime, detail: str = ""
) -> None:
    """Append an event and move the link. Raises UnknownLinkError, UnknownMoveError."""
    take_step(session, lock_link(session, link_id), step, now=now, detail=detail)


def lock_link(session: Session, link_id: UUID) -> StatementLink:
    """The link's row, for update. Raises UnknownLinkError."""
    link = session.execute(
        select(StatementLink)
        .where(StatementLink.practice_id == practice_of(session), StatementLink.link_id == link_id)
        .with_for_update()
    ).scalar_one_or_none()
    if link is None:
        raise UnknownLinkError(link_id)
    return link


def ended(session: Session, link: StatementLink, *, now: datetime) -> LinkEnd | None:
    """Why a link opens nothing; None while it does."""
    if link.revoked_at is not None:
        return LinkEnd.REPLACED if link.revoked_by == STATEMENT_VOIDED else LinkEnd.REVOKED
    if link.wrong_tries >= WRONG_TRIES_MAX:
        return LinkEnd.CLOSED
    if link.expires_at <= now and receivable_cents(session, link.guarantor_id) <= 0:
        return LinkEnd.EXPIRED
    return None


def still_admits(session: Session, link_id: UUID) -> bool:
    """Whether a session that the link opened may go on: unless staff turned the link off.

    A newer link, a paid balance or wrong tries by somebody else do not end a reader's session.
    """
    which = {"practice": practice_of(session), "link": link_id}
    return session.scalar(_still_admitting(), which) is not None


@cache
def _still_admitting() -> Select[UUID]:
    """Put together once: every page that a link has opened asks."""
    return select(StatementLink.link_id).where(
        StatementLink.practice_id == bindparam("practice", type_=Uuid),
        StatementLink.link_id == bindparam("link", type_=Uuid),
        or_(
            StatementLink.revoked_by.is_(None),
            StatementLink.revoked_by.in_((NEWER_LINK, STATEMENT_VOIDED)),
        ),
    )


def newest_statement(session: Session, guarantor_id: UUID) -> UUID | None:
    """The newest statement of a guarantor that a link was ever made for."""
    return session.scalar(
        select(StatementLink.statement_id)
        .where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.guarantor_id == guarantor_id,
        )
        .order_by(StatementLink.link_id.desc())
        .limit(1)
    )


def has_birth_date(session: Session, guarantor_id: UUID, patient_ids: Sequence[UUID]) -> bool:
    """Whether anybody could open a link to a statement of these people."""
    return bool(born_on_by_person(session, guarantor_id, patient_ids))


def take_step(
    session: Session, link: StatementLink, step: LinkState, *, now: datetime, detail: str = ""
) -> None:
    """Append an event and move a link whose row is held. Raises UnknownMoveError."""
    link.state = move_to(LinkState(link.state), step).value
    append_event(session, link, step.value, now=now, detail=detail)


def append_event(
    session: Session, link: StatementLink, state: str, *, now: datetime, detail: str = ""
) -> None:
    """A step, or an end that is no state (CLOSED, REVOKED)."""
    session.execute(
        insert(StatementLinkEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            guarantor_id=link.guarantor_id,
            link_id=link.link_id,
            state=state,
            occurred_at=now,
            detail=detail,
        )
    )


def _revoke_live(
    session: Session, statement_id: UUID, *which: ColumnElement[bool], by: str, now: datetime
) -> None:
    links = session.scalars(
        select(StatementLink)
        .where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.statement_id == statement_id,
            StatementLink.revoked_at.is_(None),
            *which,
        )
        .with_for_update()
    )
    for link in links:
        _revoke(session, link, by=by, now=now)


def _revoke(session: Session, link: StatementLink, *, by: str, now: datetime) -> None:
    link.revoked_at = now
    link.revoked_by = by
    append_event(session, link, REVOKED, now=now, detail=by)


def _actor(principal: Principal) -> str:
    return str(principal.actor_id) if principal.actor_id else principal.role

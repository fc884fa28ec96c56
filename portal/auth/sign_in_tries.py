"""Wrong passwords, counted by sign-in name and source address: who guesses pauses, nobody else.

A row belongs to a name seen from one address, or to a name seen from anywhere. The second only
makes every pause the longest one: it never refuses a password from an address that did not guess.
Names that sign nobody in are counted alike, so a pause says nothing of who exists.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.auth.keys import keyed_hash
from portal.auth.models import SignInTries
from portal.db import Database

PAUSE_MAX_SECONDS = 30
FREE_TRIES = 2
TRIES_FROM_ANYWHERE = 20  # from then on somebody guesses from many addresses
_TRIES_MAX = 1000
_FORGOTTEN_AFTER = timedelta(days=1)
_PURPOSE = "sign-in-tries.v1"
_IPV6_NETWORK_BITS = 64  # what one customer is given: its addresses count as one


@dataclass(frozen=True, slots=True)
class TriedDoor:
    """A sign-in name, from one source address and from anywhere, as keyed hashes."""

    here: bytes
    anywhere: bytes


def tried_door(secret_key: str, name: str, source_address: str) -> TriedDoor:
    """``name`` as it is compared, that is in lower case."""
    source = _network_of(source_address)
    return TriedDoor(
        here=keyed_hash(secret_key, _PURPOSE, f"{name}\n{source}"),
        anywhere=keyed_hash(secret_key, _PURPOSE, name),
    )


def is_paused(database: Database, door: TriedDoor, *, now: datetime) -> bool:
    """Whether a password from there is not even looked at."""
    with database.local_transaction() as session:
        paused_until = session.scalar(
            select(SignInTries.paused_until).where(SignInTries.door_hash == door.here)
        )
    return paused_until is not None and now < paused_until


def count_password(database: Database, door: TriedDoor, *, fits: bool, now: datetime) -> bool:
    """Forget the wrong tries before a right password, or count one more wrong try.

    False when a pause began meanwhile: then it counts neither way. Both rows are locked, so that
    many tries at once are counted one by one.
    """
    with database.local_transaction() as session:
        anywhere = _locked_row(session, door.anywhere, now=now)
        here = _locked_row(session, door.here, now=now)
        if here.paused_until is not None and now < here.paused_until:
            return False
        for row in (anywhere, here):
            row.wrong_tries = 0 if fits else min(row.wrong_tries + 1, _TRIES_MAX)
        here.paused_until = None if fits else _pause_end(anywhere, here, now=now)
        return True


def forget_old_tries(database: Database, *, now: datetime) -> int:
    """Delete what nobody added to for a day; returns how many rows. For a periodic job."""
    with database.local_transaction() as session:
        rows = session.execute(
            delete(SignInTries)
            .where(SignInTries.last_tried_at <= now - _FORGOTTEN_AFTER)
            .returning(SignInTries.door_hash)
        )
        return len(rows.all())


def pause_after(wrong_tries: int) -> timedelta:
    """None for two tries, then 2, 4, 8, 16 and at last 30 seconds."""
    over = wrong_tries - FREE_TRIES
    if over <= 0:
        return timedelta(0)
    return timedelta(seconds=min(2 ** min(over, PAUSE_MAX_SECONDS), PAUSE_MAX_SECONDS))


def _pause_end(anywhere: SignInTries, here: SignInTries, *, now: datetime) -> datetime:
    if anywhere.wrong_tries >= TRIES_FROM_ANYWHERE:
        return now + timedelta(seconds=PAUSE_MAX_SECONDS)
    return now + pause_after(here.wrong_tries)


def _locked_row(session: Session, door_hash: bytes, *, now: datetime) -> SignInTries:
    return session.scalars(
        insert(SignInTries)
        .values(door_hash=door_hash, last_tried_at=now)
        .on_conflict_do_update(index_elements=[SignInTries.door_hash], set_={"last_tried_at": now})
        .returning(SignInTries)
    ).one()


def _network_of(source_address: str) -> str:
    """What is counted as one source; something that is no IP address counts as it is."""
    try:
        address = ipaddress.ip_address(source_address)
    except ValueError:
        return source_address
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
    return str(address)

"""Wrong answers, counted by where they come from: who guesses pauses, nobody else.

Passwords: a row belongs to a sign-in name seen from one address, to a name seen from anywhere, or
to an address, whatever names it tries. The second only makes every pause the longest one: it never
refuses a password from an address that did not guess. The third is against whoever tries one
password with many names: fifty wrong ones an hour make nobody wait. Names that sign nobody in are
counted alike, so a pause says nothing of who exists.

Statement links: a row belongs to an address, whatever links it tries; five wrong dates close a link
(link_opening.py), so this is against whoever has many. A right date forgets no wrong one, else a
link of one's own would end every pause. Many people may share an address, so one wrong date is
forgotten every six minutes: ten an hour make nobody wait. Whoever guesses all day tries 15 dates at
once and then one each half minute: at most 2,895 wrong dates a day from one address. Codes of
statements, with which guests pay, are counted in the same way and apart from dates.
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.auth.keys import keyed_hash
from portal.auth.models import WrongTries
from portal.db import Database

PAUSE_MAX_SECONDS = 30
FREE_TRIES = 2
TRIES_FROM_ANYWHERE = 20  # from then on somebody guesses from many addresses
FREE_PASSWORDS = 50  # of one address, whatever names: a clinic of slips makes nobody wait
_PASSWORD_FORGOTTEN_AFTER = timedelta(hours=1) / FREE_PASSWORDS
_PASSWORDS_MAX = FREE_PASSWORDS + 10
_TRIES_MAX = 1000
_FORGOTTEN_AFTER = timedelta(days=1)
FREE_ANSWERS = 10  # wrong dates of birth, or codes
ANSWERS_AT_ONCE = FREE_ANSWERS + 5  # wrong, or looked at; from here on one by one, pauses longest
_ANSWERS_MAX = 20  # more would only take longer to forget
_ANSWER_FORGOTTEN_AFTER = timedelta(hours=1) / FREE_ANSWERS
_PURPOSE = "sign-in-tries.v1"
_PURPOSE_OF_NETWORKS = "sign-in-network-tries.v1"
_PURPOSE_OF_DATES = "date-tries.v1"
_PURPOSE_OF_CODES = "code-tries.v1"
_PURPOSE_OF_ALERTS = "alert-tries.v1"
_IPV6_NETWORK_BITS = 64  # what one customer is given: its addresses count as one


@dataclass(frozen=True, slots=True)
class TriedDoor:
    """A sign-in name, from one source address and from anywhere, and that address with any name.

    As keyed hashes.
    """

    here: bytes
    anywhere: bytes
    network: bytes


@dataclass(frozen=True, slots=True)
class CountedAnswer:
    """A date of birth, or a code, that is counted as wrong until it is looked at."""

    source: bytes
    paused_until: datetime | None  # the pause that it began, with too many looked at


def tried_door(secret_key: str, name: str, source_address: str) -> TriedDoor:
    """``name`` as it is compared, that is in lower case."""
    source = network_of(source_address)
    return TriedDoor(
        here=keyed_hash(secret_key, _PURPOSE, f"{name}\n{source}"),
        anywhere=keyed_hash(secret_key, _PURPOSE, name),
        network=keyed_hash(secret_key, _PURPOSE_OF_NETWORKS, source),
    )


def is_paused(database: Database, door: TriedDoor, *, now: datetime) -> bool:
    """Whether a password from there is not even looked at."""
    with database.local_transaction() as session:
        paused_until = session.scalar(
            select(func.max(WrongTries.paused_until)).where(
                WrongTries.door_hash.in_((door.here, door.network))
            )
        )
    return paused_until is not None and now < paused_until


def count_password(database: Database, door: TriedDoor, *, fits: bool, now: datetime) -> bool:
    """Forget the wrong tries before a right password, or count one more wrong try.

    False when a pause began meanwhile: then it counts neither way. All rows are locked, so that
    many tries at once are counted one by one. What an address tried with other names is forgotten
    by time only, else a password of one's own would end every pause.
    """
    with database.local_transaction() as session:
        anywhere = _locked_row(session, door.anywhere, now=now)
        here = _locked_row(session, door.here, now=now)
        network = _locked_row(session, door.network, now=now)
        if any(row.paused_until is not None and now < row.paused_until for row in (here, network)):
            return False
        _forget_answers(network, now=now, each_after=_PASSWORD_FORGOTTEN_AFTER)
        if not fits:
            network.wrong_tries = min(network.wrong_tries + 1, _PASSWORDS_MAX)
            network.paused_until = now + pause_after(network.wrong_tries, free_tries=FREE_PASSWORDS)
        for row in (anywhere, here):
            row.last_tried_at = now
            row.wrong_tries = 0 if fits else min(row.wrong_tries + 1, _TRIES_MAX)
        here.paused_until = None if fits else _pause_end(anywhere, here, now=now)
        return True


def source_of_dates(secret_key: str, source_address: str) -> bytes:
    """Where dates of birth come from, as a keyed hash."""
    return keyed_hash(secret_key, _PURPOSE_OF_DATES, network_of(source_address))


def source_of_codes(secret_key: str, source_address: str) -> bytes:
    """Where codes of statements come from, as a keyed hash."""
    return keyed_hash(secret_key, _PURPOSE_OF_CODES, network_of(source_address))


def subject_of_dates(secret_key: str, subject: str) -> bytes:
    """Whose date of birth is asked for once more, wherever answers come from; as a keyed hash."""
    return keyed_hash(secret_key, _PURPOSE_OF_DATES, f"of {subject}")


def count_answer(database: Database, source: bytes, *, now: datetime) -> CountedAnswer | None:
    """Count an answer as wrong before it is looked at, so that many at once are all counted.

    None while its source pauses: then it is not to be looked at. Else either ``note_wrong_answer``
    or ``take_back_answer`` must follow.
    """
    with database.local_transaction() as session:
        row = _locked_row(session, source, now=now)
        if row.paused_until is not None and now < row.paused_until:
            return None
        _forget_answers(row, now=now, each_after=_ANSWER_FORGOTTEN_AFTER)
        row.wrong_tries = min(row.wrong_tries + 1, _ANSWERS_MAX)
        row.paused_until = None
        if row.wrong_tries >= ANSWERS_AT_ONCE:
            row.paused_until = now + pause_after(row.wrong_tries, free_tries=FREE_ANSWERS)
        return CountedAnswer(source, row.paused_until)


def count_answers(
    database: Database, sources: Collection[bytes], *, now: datetime
) -> tuple[CountedAnswer, ...] | None:
    """As ``count_answer``, of each; None, with none of them counted, while one of them pauses."""
    counted: list[CountedAnswer] = []
    for source in sources:
        one = count_answer(database, source, now=now)
        if one is None:
            for other in counted:
                take_back_answer(database, other, now=now)
            return None
        counted.append(one)
    return tuple(counted)


def note_wrong_answer(database: Database, counted: CountedAnswer, *, now: datetime) -> None:
    """The answer was wrong: above the free ones its source pauses."""
    with database.local_transaction() as session:
        row = _locked_row(session, counted.source, now=now)
        pause_end = now + pause_after(row.wrong_tries, free_tries=FREE_ANSWERS)
        row.paused_until = max(row.paused_until or pause_end, pause_end)


def take_back_answer(database: Database, counted: CountedAnswer, *, now: datetime) -> None:
    """It was not wrong: as if it had not been counted, but for what others did meanwhile."""
    with database.local_transaction() as session:
        row = _locked_row(session, counted.source, now=now)
        row.wrong_tries = max(row.wrong_tries - 1, 0)
        if row.paused_until == counted.paused_until:
            row.paused_until = None


def count_failures(database: Database, secret_key: str, what: str, *, now: datetime) -> int:
    """One more failed sign-in of ``what`` in this hour; how many there were, this one included.

    Whoever counts tells staff once, when the number is the one to tell (164.308(a)(5)(ii)(C)).
    """
    hour = now.replace(minute=0, second=0, microsecond=0).isoformat()
    with database.local_transaction() as session:
        row = _locked_row(
            session, keyed_hash(secret_key, _PURPOSE_OF_ALERTS, f"{hour}\n{what}"), now=now
        )
        row.wrong_tries = min(row.wrong_tries + 1, _TRIES_MAX)
        return row.wrong_tries


def forget_old_tries(database: Database, *, now: datetime) -> int:
    """Delete what nobody added to for a day; returns how many rows. For a periodic job."""
    with database.local_transaction() as session:
        rows = session.execute(
            delete(WrongTries)
            .where(WrongTries.last_tried_at <= now - _FORGOTTEN_AFTER)
            .returning(WrongTries.door_hash)
        )
        return len(rows.all())


def pause_after(wrong_tries: int, *, free_tries: int = FREE_TRIES) -> timedelta:
    """None for the free tries, then 2, 4, 8, 16 and at last 30 seconds."""
    over = wrong_tries - free_tries
    if over <= 0:
        return timedelta(0)
    return timedelta(seconds=min(2 ** min(over, PAUSE_MAX_SECONDS), PAUSE_MAX_SECONDS))


def _pause_end(anywhere: WrongTries, here: WrongTries, *, now: datetime) -> datetime:
    if anywhere.wrong_tries >= TRIES_FROM_ANYWHERE:
        return now + timedelta(seconds=PAUSE_MAX_SECONDS)
    return now + pause_after(here.wrong_tries)


def _forget_answers(row: WrongTries, *, now: datetime, each_after: timedelta) -> None:
    """One by one; ``last_tried_at`` is the time up to which that is done."""
    forgotten = max((now - row.last_tried_at) // each_after, 0)
    row.wrong_tries = max(row.wrong_tries - forgotten, 0)
    row.last_tried_at += forgotten * each_after


def _locked_row(session: Session, door_hash: bytes, *, now: datetime) -> WrongTries:
    """As it is, or a new one from ``now`` on."""
    return session.scalars(
        insert(WrongTries)
        .values(door_hash=door_hash, last_tried_at=now)
        .on_conflict_do_update(
            index_elements=[WrongTries.door_hash], set_={"wrong_tries": WrongTries.wrong_tries}
        )
        .returning(WrongTries)
    ).one()


def network_of(source_address: str) -> str:
    """What is counted as one source; something that is no IP address counts as it is."""
    try:
        address = ipaddress.ip_address(source_address)
    except ValueError:
        return source_address
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # how a listener for both kinds shows an IPv4 address
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
    return str(address)

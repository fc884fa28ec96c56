"""Which practices there are: what is known before a practice's own rows may be read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db import Database, Principal, new_id
from portal.practice.models import Practice, PracticeDirectoryEntry

_SLUG = re.compile(r"[a-z0-9-]{1,40}")
_IN_DIRECTORY = {"time_zone", "stripe_account"}  # known before a practice's rows may be read
_NEVER_EMPTY = {"name", "neutral_sender_name", "phone", "phone_hours", "receipt_prefix"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "desk_receipts_in": ("practice", "portal"),  # as portal.practice.feed has them
    "feed_expected": ("auto", "yes", "no"),
    "patient_denials": ("bill", "review"),
}
_REFUND_LIMIT = "refund_alone_up_to_cents"
_CENTS = re.compile(r"[0-9]{1,9}")
_MACHINE_LIMIT = "machine_keeps_basis_points"
_BASIS_POINTS = re.compile(r"[0-9]{1,4}")
_STRIPE_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{8,}")


class UnknownPracticeError(LookupError):
    """No practice, or more than one, fits; the message says which to name."""


class PracticeRefusedError(ValueError):
    """A practice that cannot be made as described; the message says what to change."""


class ClaimNumberIs(StrEnum):
    """What the practice writes into CLM01, and every payer back into CLP01."""

    CLAIM = "claim"
    ACCOUNT = "account"  # the same for all visits, perhaps for a whole family


@dataclass(frozen=True, slots=True)
class PracticeRef:
    """A practice before anything of it is read."""

    practice_id: UUID
    slug: str
    time_zone: str
    stripe_account: str | None

    def today(self, now: datetime) -> date:
        """The day it is at the practice."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class PracticeDetails:
    """What a practice says about itself on every page and paper."""

    slug: str
    name: str
    phone: str = ""
    phone_hours: str = ""
    phone_hours_es: str = ""
    address_line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    tax_identifier: str = ""
    payee_identifier: str = ""
    time_zone: str = "America/New_York"
    claim_number_is: ClaimNumberIs = ClaimNumberIs.CLAIM
    receipt_prefix: str = "R"
    assistance_url: str = ""
    neutral_sender_name: str = ""  # empty: the name itself


def all_practices(database: Database) -> Sequence[PracticeRef]:
    """Every practice of this installation, by slug."""
    with database.local_transaction() as session:
        rows = session.scalars(select(PracticeDirectoryEntry).order_by(PracticeDirectoryEntry.slug))
        return [_ref(row) for row in rows]


def practice_by_slug(database: Database, slug: str) -> PracticeRef:
    """Raises UnknownPracticeError."""
    with database.local_transaction() as session:
        row = session.scalar(
            select(PracticeDirectoryEntry).where(PracticeDirectoryEntry.slug == slug)
        )
    if row is None:
        raise UnknownPracticeError(f"There is no practice {slug!r}.")
    return _ref(row)


def practice_by_id(database: Database, practice_id: UUID) -> PracticeRef:
    """Raises UnknownPracticeError."""
    with database.local_transaction() as session:
        row = session.scalar(
            select(PracticeDirectoryEntry).where(PracticeDirectoryEntry.practice_id == practice_id)
        )
    if row is None:
        raise UnknownPracticeError(f"There is no practice {practice_id}.")
    return _ref(row)


def the_practice(database: Database, slug: str | None = None) -> PracticeRef:
    """The named practice, or the only one. Raises UnknownPracticeError."""
    if slug is not None:
        return practice_by_slug(database, slug)
    practices = all_practices(database)
    if len(practices) == 1:
        return practices[0]
    if not practices:
        message = (
            "There is no practice yet. Make one with `portal practice add SHORT-NAME --name NAME`."
        )
        raise UnknownPracticeError(message)
    names = ", ".join(practice.slug for practice in practices)
    raise UnknownPracticeError(f"There is more than one practice; choose --practice from: {names}.")


def add_practice(database: Database, details: PracticeDetails) -> PracticeRef:
    """Make a practice: its directory entry and its own row. Raises PracticeRefusedError."""
    _require_usable(details)
    practice_id = new_id()
    try:
        with database.transaction(Principal.job(practice_id, role="practice add")) as session:
            _insert_practice(session, practice_id, details)
    except IntegrityError as error:
        message = f"There is a practice {details.slug!r} already; choose another short name."
        raise PracticeRefusedError(message) from error
    return practice_by_slug(database, details.slug)


def change_practice(database: Database, slug: str, changes: Mapping[str, str]) -> None:
    """Write new texts into some of a practice's columns (those of PracticeDetails, Stripe's too).

    No Stripe account ("") means the installation's own. Raises UnknownPracticeError, or
    PracticeRefusedError and then nothing has changed.
    """
    _require_usable_changes(changes)
    practice = practice_by_slug(database, slug)
    values: dict[str, str | int | None] = dict(changes)
    for name in {_REFUND_LIMIT, _MACHINE_LIMIT} & changes.keys():
        values[name] = int(changes[name])
    if "stripe_account" in values:
        values["stripe_account"] = values["stripe_account"] or None
    with database.transaction(Principal.job(practice.practice_id, role="practice set")) as session:
        row = session.scalars(
            select(Practice).where(Practice.practice_id == practice.practice_id).with_for_update()
        ).one()
        if "name" in values and row.neutral_sender_name == row.name:
            values = {"neutral_sender_name": values["name"], **values}
        known_before = {name: values[name] for name in _IN_DIRECTORY & values.keys()}
        session.execute(
            update(Practice).where(Practice.practice_id == practice.practice_id).values(values)
        )
        if known_before:
            session.execute(
                update(PracticeDirectoryEntry)
                .where(PracticeDirectoryEntry.practice_id == practice.practice_id)
                .values(known_before)
            )


def _require_usable_changes(changes: Mapping[str, str]) -> None:
    if not changes:
        raise PracticeRefusedError("Say what to change, for example --phone.")
    for name, text in changes.items():
        if not text.isprintable():
            raise PracticeRefusedError(f"The {name.replace('_', ' ')} must be one line of text.")
    for name in sorted(_NEVER_EMPTY & changes.keys()):
        if not changes[name].strip():
            raise PracticeRefusedError(f"The {name.replace('_', ' ')} must not be empty.")
    if "time_zone" in changes:
        _require_time_zone(changes["time_zone"])
    _require_choices(changes)
    _require_limits(changes)
    account = changes.get("stripe_account", "")
    if account and not _STRIPE_ACCOUNT.fullmatch(account):
        raise PracticeRefusedError("A Stripe account must look like acct_1Nv0FGQ9RKHgCVdK.")
    address = changes.get("assistance_url", "")
    if address and not address.startswith("https://"):
        raise PracticeRefusedError("The address of the assistance page must begin with https://.")


def _require_limits(changes: Mapping[str, str]) -> None:
    if not _CENTS.fullmatch(changes.get(_REFUND_LIMIT, "0")):
        raise PracticeRefusedError("Say the limit in whole cents: 50000 for $500.00.")
    if not _BASIS_POINTS.fullmatch(changes.get(_MACHINE_LIMIT, "0")):
        raise PracticeRefusedError("Say the card machine's part as 500 for 5 percent, up to 9999.")


def _require_choices(changes: Mapping[str, str]) -> None:
    for name, choices in _CHOICES.items():
        if name in changes and changes[name] not in choices:
            option = name.replace("_", "-")
            raise PracticeRefusedError(f"Choose --{option} from: {', '.join(choices)}.")


def _require_usable(details: PracticeDetails) -> None:
    if not _SLUG.fullmatch(details.slug):
        message = (
            f"The short name {details.slug!r} must be 1 to 40 small letters, digits and hyphens."
        )
        raise PracticeRefusedError(message)
    _require_time_zone(details.time_zone)


def _require_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        message = f"There is no time zone {name!r}; write it as America/New_York."
        raise PracticeRefusedError(message) from error


def _insert_practice(session: Session, practice_id: UUID, details: PracticeDetails) -> None:
    session.execute(
        insert(PracticeDirectoryEntry).values(
            practice_id=practice_id, slug=details.slug, time_zone=details.time_zone
        )
    )
    session.execute(
        insert(Practice).values(
            practice_id=practice_id,
            slug=details.slug,
            name=details.name,
            neutral_sender_name=details.neutral_sender_name or details.name,
            phone=details.phone,
            phone_hours=details.phone_hours,
            phone_hours_es=details.phone_hours_es,
            address_line=details.address_line,
            city=details.city,
            state=details.state,
            postal_code=details.postal_code,
            tax_identifier=details.tax_identifier,
            payee_identifier=details.payee_identifier,
            time_zone=details.time_zone,
            claim_number_is=details.claim_number_is.value,
            receipt_prefix=details.receipt_prefix,
            assistance_url=details.assistance_url,
        )
    )


def _ref(row: PracticeDirectoryEntry) -> PracticeRef:
    return PracticeRef(row.practice_id, row.slug, row.time_zone, row.stripe_account)

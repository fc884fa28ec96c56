"""One-time ways into the demo, for a tool that walks its pages: a file each, gone when it is used.

Only whoever may write into PORTAL_HOME can make one, and production does not have the route.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.auth.link_opening import OpenedLink, open_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.models import StaffMember
from portal.auth.staff import StaffRef
from portal.db import Database, Principal
from portal.practice.models import Guarantor
from portal.statements.models import Statement
from portal.statements.queries import statement_patient_ids

PREFIX: Final = "/demo/enter/"
STAFF: Final = "staff"
PATIENT: Final = "patient"
_FOLDER: Final = "doors"
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_ROLE: Final = "demo"


@dataclass(frozen=True, slots=True)
class Door:
    """Who comes in by it: ``kind`` "staff" with an address, or "patient" with an account number."""

    kind: str
    name: str


def make_door(home: Path, door: Door) -> str:
    """The path to open, once."""
    folder = home / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    (folder / token).write_text(f"{door.kind} {door.name}", encoding="utf-8")
    return PREFIX + token


def use_door(home: Path, token: str) -> Door | None:
    """Who comes in; None for a door that was used or never made."""
    if not _NAME.fullmatch(token):
        return None
    path = home / _FOLDER / token
    used = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        path.rename(used)  # in one step: of two at once only one comes in
        kind, _, name = used.read_text(encoding="utf-8").partition(" ")
        used.unlink()
    except FileNotFoundError:
        return None
    return Door(kind, name)


def staff_of(database: Database, practice_id: UUID, email: str) -> StaffRef:
    """The member of staff of that address. Raises NoResultFound."""
    with database.transaction(Principal.job(practice_id, role=_ROLE)) as session:
        staff_id = session.execute(
            select(StaffMember.staff_id).where(
                StaffMember.practice_id == practice_id, StaffMember.email == email
            )
        ).scalar_one()
    return StaffRef(practice_id, staff_id)


def opened_for(
    database: Database,
    tokens: LinkTokens,
    practice_id: UUID,
    account_number: str,
    *,
    now: datetime,
) -> OpenedLink | None:
    """Through the same door as a patient: a link to the newest statement, and a date of birth.

    None for an account that has no statement.
    """
    with database.transaction(Principal.job(practice_id, role=_ROLE)) as session:
        found = session.execute(
            select(Statement.statement_id, Guarantor.guarantor_id, Guarantor.born_on)
            .join(
                Guarantor,
                (Guarantor.practice_id == Statement.practice_id)
                & (Guarantor.guarantor_id == Statement.guarantor_id),
            )
            .where(Statement.practice_id == practice_id, Guarantor.account_number == account_number)
            .order_by(Statement.statement_id.desc())
            .limit(1)
        ).one_or_none()
        if found is None or found.born_on is None:
            return None
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=found.guarantor_id,
            statement_id=found.statement_id,
            patient_ids=statement_patient_ids(session, found.statement_id),
            now=now,
        )
    outcome = open_link(
        database,
        tokens,
        tokens.make(practice_id, link_id),
        born_on=found.born_on,
        source=b"demo",
        now=now,
        request_id=_ROLE,
    )
    return outcome if isinstance(outcome, OpenedLink) else None

"""The demo's staff: made once, with passwords and authenticator secrets kept in PORTAL_HOME."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from portal.auth.roles import Role
from portal.auth.staff import add_staff
from portal.config import Settings
from portal.db import Database
from portal.practice.directory import PracticeRef

_FILE = "demo-staff.json"
_PEOPLE = (
    ("jo.kim@riverbend.example", "Jo Kim", Role.FRONT_DESK),
    ("sam.ortiz@riverbend.example", "Sam Ortiz", Role.POSTER),
    ("lee.novak@riverbend.example", "Lee Novak", Role.COLLECTIONS),
    ("dana.fields@riverbend.example", "Dana Fields", Role.MANAGER),
)


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """How one of them signs in."""

    email: str
    name: str
    role: str
    password: str
    totp_secret: str


def make_staff(
    database: Database, settings: Settings, practice: PracticeRef, *, now: datetime
) -> None:
    """Add them, and keep how they sign in where only this machine's user can read it."""
    made = []
    for email, name, role in _PEOPLE:
        added = add_staff(
            database,
            practice.practice_id,
            secret_key=settings.secret_key,
            email=email,
            name=name,
            role=role,
            now=now,
            request_id="demo",
        )
        secret = parse_qs(urlsplit(added.totp_uri).query)["secret"][0]
        made.append(DemoStaff(email, name, role.value, added.password, secret))
    path = settings.home / _FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(member) for member in made]), encoding="utf-8")


def read_staff(home: Path) -> Sequence[DemoStaff]:
    """Those made before; none when the demo has no data."""
    path = home / _FILE
    if not path.exists():
        return ()
    return [DemoStaff(**facts) for facts in json.loads(path.read_text(encoding="utf-8"))]

"""The practice has a logo and colours of its own."""

from dataclasses import replace
from uuid import UUID

from portal.db import Database, Principal
from portal.practice.branding import add_logo, keep_setup, read_setup
from tests.auth.running import Clock

_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>'
SETTINGS = {
    "name": "Riverbend Family Health",
    "phone": "(503) 555-0142",
    "hours": "Monday to Friday, 8 AM to 5 PM",
    "light": "#7a1f5c",
    "dark": "#f0a8d8",
    "corner": "4",
    "assistance_url": "",
    "seen": "1",
}
"""A right answer to the form of the practice's settings."""


def with_a_logo(database: Database, practice_id: UUID, *, clock: Clock) -> None:
    """As a manager would, on the page or by the command."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        version, setup = read_setup(session)
        logo_id = add_logo(session, _SVG, added_by="test", now=clock.now)
        changed = replace(setup, logo_id=str(logo_id))
        keep_setup(session, changed, seen=version, made_by="test", now=clock.now)

"""What the journeys find: a practice whose remittance has been imported and billed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pyotp
from sqlalchemy import select

from portal.auth.roles import Role
from portal.auth.staff import NewStaff, add_staff
from portal.db import Database, Principal
from portal.demo.people import BLUE_HORIZON
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from portal.statements.models import Statement
from tests.browser.live_portal import SECRET, LivePortal
from tests.builders import make_guarantor, make_patient

DESK_EMAIL = "jo.kim@riverbend.example"


@dataclass(frozen=True, slots=True)
class FilledPractice:
    """Ids and sign-ins the journeys need. Ana owes $234.50 for three visits."""

    practice_id: UUID
    guarantor_id: UUID
    statement_id: UUID
    desk: NewStaff

    def code(self) -> str:
        """What the desk's authenticator shows now."""
        secret = parse_qs(urlsplit(self.desk.totp_uri).query)["secret"][0]
        return pyotp.TOTP(secret).now()


def fill_practice(
    live: LivePortal, database: Database, practice_id: UUID, *, language: str = "en"
) -> FilledPractice:
    """Through the commands a practice would use."""
    guarantor_id = make_guarantor(database, practice_id, language=language)
    make_patient(database, practice_id, guarantor_id=guarantor_id)
    make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Mateo",
        born_on=datetime(2014, 9, 3, tzinfo=UTC).date(),
        member_identifier="BHZ000451881",
    )
    file = Path(live.environment["PORTAL_HOME"]) / "blue-horizon.835"
    file.write_text(_remittance(), encoding="ascii")
    live.command("era", "import", str(file))
    live.command("statements", "issue")
    desk = add_staff(
        database,
        practice_id,
        secret_key=SECRET,
        email=DESK_EMAIL,
        name="Jo Kim",
        role=Role.FRONT_DESK,
        now=datetime.now(UTC),
        request_id="test",
    )
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        statement_id = session.scalars(
            select(Statement.statement_id).where(Statement.practice_id == practice_id)
        ).one()
    return FilledPractice(practice_id, guarantor_id, statement_id, desk)


def _remittance() -> str:
    today = datetime.now(UTC).date()

    def claim(number: str, first_name: str, member: str, days: int, *lines: DemoLine) -> DemoClaim:
        return DemoClaim(
            number=number,
            status="1",
            last_name="REYES",
            first_name=first_name,
            member_identifier=member,
            provider_last_name="OKAFOR",
            provider_first_name="LENA",
            service_on=today - timedelta(days=days),
            lines=lines,
        )

    def line(code: str, charge_cents: int, *cuts: tuple[str, str, int]) -> DemoLine:
        return DemoLine(code, charge_cents, tuple(Cut(*cut) for cut in cuts))

    ana, mateo = "BHZ000451880", "BHZ000451881"
    claims = (
        claim(
            "R10041",
            "ANA",
            ana,
            54,
            line("80048", 8_500, ("CO", "45", 5_230), ("PR", "1", 3_270)),
            line("99396", 26_000, ("CO", "45", 9_840), ("PR", "3", 4_000)),
            line("36415", 1_800, ("CO", "97", 1_800)),
        ),
        claim(
            "R10042",
            "MATEO",
            mateo,
            46,
            line("73110", 14_200, ("CO", "45", 5_800), ("PR", "1", 8_400)),
            line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000)),
            line("29125", 9_500, ("CO", "45", 3_100), ("PR", "2", 1_280)),
        ),
        claim(
            "R10044",
            "MATEO",
            mateo,
            27,
            line("99212", 11_000, ("CO", "45", 4_600), ("PR", "3", 2_500)),
        ),
    )
    return write_remittance(BLUE_HORIZON, claims, paid_on=today - timedelta(days=9), control=7)

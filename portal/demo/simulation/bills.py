"""What visits cost: decided by the payer, and decided anew, through files that are imported."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from portal.db import Database
from portal.demo.people import BLUE_HORIZON
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from portal.practice.directory import PracticeRef
from portal.remittances.sent.claims import import_any

PLAN_PAID_CENTS: Final = 6_000
_AGREED_PRICE_CENTS: Final = 3_100
_ON_THE_WAY: Final = timedelta(days=7)
_TAKEN_BACK: Final = "22"


def visit(member: str, service_on: date, share_cents: int) -> DemoClaim:
    """One visit, of which this share is the patient's."""
    cuts = _cuts(share_cents)
    charge_cents = PLAN_PAID_CENTS + _AGREED_PRICE_CENTS + share_cents
    return DemoClaim(
        number=f"{member}V{service_on:%y%m%d}",
        status="1",
        last_name=member,
        first_name="SIM",
        member_identifier=member,
        provider_last_name="OKAFOR",
        provider_first_name="LENA",
        service_on=service_on,
        lines=(DemoLine("99213", charge_cents, cuts),),
    )


def decided_anew(before: DemoClaim, share_cents: int) -> DemoClaim:
    """The same visit with another share: at most what the plan paid more than before."""
    (line,) = before.lines
    return replace(before, lines=(replace(line, cuts=_cuts(share_cents)),))


def share_cents_of(claim: DemoClaim) -> int:
    """What the patient was asked for."""
    return sum(cut.cents for line in claim.lines for cut in line.cuts if cut.group == "PR")


def decide(
    database: Database,
    practice: PracticeRef,
    claims: Sequence[DemoClaim],
    *,
    control: int,
    now: datetime,
    before: Sequence[DemoClaim] = (),
) -> None:
    """The payer's file of a week ago comes. ``before``: decisions that it takes back first.

    ``control`` is the file's own: another one with the same would be the same file again.
    """
    today = practice.today(now)
    paid_on = today - _ON_THE_WAY
    taken_back = [replace(one, status=_TAKEN_BACK, sign=-1) for one in before]
    text = write_remittance(BLUE_HORIZON, [*taken_back, *claims], paid_on=paid_on, control=control)
    with tempfile.TemporaryDirectory(prefix="portal-simulation-") as folder:
        path = Path(folder) / "visits.835"
        path.write_text(text, encoding="ascii")
        import_any(
            database,
            practice,
            path,
            create_patients=False,
            now=now,
            today=today,
            imported_by="simulation",
        )


def _cuts(share_cents: int) -> tuple[Cut, ...]:
    return (
        Cut("CO", "45", _AGREED_PRICE_CENTS),
        *((Cut("PR", "1", share_cents),) if share_cents else ()),
    )

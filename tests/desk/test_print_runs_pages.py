"""A manager at a run of letters: what must not go is neither saved nor handed over."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from portal.auth.roles import Role
from portal.db import Database
from portal.desk.routes import desk
from portal.domain.paper_delivery import DeliveryKind
from portal.domain.print_run import RunState
from portal.payments.scheduled.views import scheduled_of_statement
from portal.practice.models import Guarantor
from portal.statements.delivery.service import Occasion, choose
from portal.statements.print_runs import service
from portal.statements.print_runs.models import PrintRun
from portal.statements.print_runs.printing import PrintShop, print_letters
from portal.statements.print_runs.routes import letters
from portal.statements.routes import statements
from portal.web.context import portal
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, browser, make_app
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.desk.conftest import Household, other_areas, patients_rooms
from tests.desk.test_desk_pages import staff_of
from tests.statements.print_runs.conftest import HOME
from tests.statements.print_runs.test_stuck_runs import quick_press


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    rooms = (statements, *patients_rooms(), desk, letters, *other_areas())
    return make_app(database, clock, *rooms)


@pytest.fixture
def run_id(app: Flask, database: Database, ana: Household) -> UUID:
    """Of one letter, to Ana about a visit of Mateo's: ready."""
    staff = staff_of(ana.practice_id)
    choose(database, Occasion(staff, ana.guarantor_id, NOW, "t"), DeliveryKind.CHOSE_PAPER)
    with database.transaction(staff) as session:
        here = Guarantor.practice_id == ana.practice_id
        session.execute(update(Guarantor).where(here).values(HOME))
    run_id = service.start_run(database, service.Act(staff, NOW, "t"))
    with app.app_context():
        shop = PrintShop(
            database,
            ana.practice_id,
            portal().settings.home,
            "https://pay.example",
            scheduled_of_statement,
            quick_press,
        )
        print_letters(shop, run_id, now=NOW)
    return run_id


@pytest.fixture
def manager(app: Flask, database: Database, ana: Household, clock: Clock) -> Browser:
    visitor = browser(app)
    jo = hire(database, ana.practice_id, role=Role.MANAGER)
    assert sign_in(visitor, jo, clock).location == "/desk"
    return visitor


def test_what_must_not_go_is_named_where_it_is_noted_and_at_the_run(
    manager: Browser, run_id: UUID, ana: Household
) -> None:
    page, files = f"/letters/{run_id}", f"/letters/{run_id}.zip"
    assert manager.client.get(files).status_code == 200
    of_person = f"/desk/people/{ana.guarantor_id}"
    manager.send(
        f"{of_person}/who-may-see",
        {
            "whose": str(ana.patient_id),
            "note": "Asked for it",
            "street": "7 Shelter Way",
            "city": "Weston",
            "state": "OR",
            "postal_code": "97886",
        },
        to=f"{of_person}/reached-at",
    )
    assert "in run 1" in manager.get(f"{of_person}/who-may-see").text
    assert "One letter must not go" in manager.get(page).text
    assert manager.get(files).location == page
    assert manager.send(page, {}, to=f"{page}/handed-over").location == page
    assert "Take them out first" in manager.get(page).text
    seen = manager.send(page, {"letter": "1", "reason": "reached_apart"}, to=f"{page}/take-out")
    assert seen.location == page
    assert "only letter of this run" in manager.get(page).text


def test_a_run_of_which_nothing_was_printed_is_over_and_says_so(
    manager: Browser, run_id: UUID, database: Database, ana: Household
) -> None:
    with database.transaction(staff_of(ana.practice_id)) as session:
        here = PrintRun.practice_id == ana.practice_id
        session.execute(update(PrintRun).where(here).values(state=RunState.FAILED.value))
    manager.send("/letters", {}, to=f"/letters/{run_id}/end")
    seen = manager.get("/letters").text
    assert "Nothing of this run was printed: its letters are due again." in seen
    assert "at the mailing house already" not in seen

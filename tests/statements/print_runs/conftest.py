"""A town of people who owe, each with a statement; and what a mailing house would read."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, update

from portal.connectors.pdf_press import Press, press_for
from portal.db import Database, PracticeBase, Principal
from portal.domain.paper_delivery import DeliveryKind
from portal.payments.scheduled.views import scheduled_of_statement
from portal.practice.models import Guarantor
from portal.statements.delivery.service import Occasion, choose
from portal.statements.print_runs import service
from portal.statements.print_runs.files import run_folder
from portal.statements.print_runs.printing import PrintShop, print_letters
from portal.web import i18n
from tests.builders import make_guarantor, make_patient
from tests.statements.builders import make_adjudicated_claim
from tests.statements.conftest import NOW, Family, Issue

PEOPLE = 7
HOME = {
    "address_line": "12 Quarry Lane",
    "city": "Easton",
    "state": "OR",
    "postal_code": "97399",
}


@dataclass(frozen=True, slots=True)
class Town:
    """People who owe, each with a statement, in the order of their accounts."""

    database: Database
    practice_id: UUID
    guarantor_ids: tuple[UUID, ...]
    home: Path
    press_for: Callable[..., AbstractContextManager[Press]] = press_for
    now: datetime = NOW

    @property
    def act(self) -> service.Act:
        manager = Principal.staff(self.practice_id, staff_id=UUID(int=7), role="manager")
        return service.Act(manager, self.now, "test")

    @property
    def shop(self) -> PrintShop:
        return PrintShop(
            self.database,
            self.practice_id,
            self.home,
            "https://pay.example",
            scheduled_of_statement,
            self.press_for,
        )

    def change(self, index: int, **values: object) -> None:
        with self.database.transaction(self._job) as session:
            session.execute(
                update(Guarantor)
                .where(
                    Guarantor.practice_id == self.practice_id,
                    Guarantor.guarantor_id == self.guarantor_ids[index],
                )
                .values(**values)
            )

    def choose(self, index: int, kind: DeliveryKind) -> None:
        occasion = Occasion(self._job, self.guarantor_ids[index], NOW, "test")
        choose(self.database, occasion, kind)

    def add(self, row: type[PracticeBase], **values: object) -> None:
        with self.database.transaction(self._job) as session:
            session.execute(insert(row).values(practice_id=self.practice_id, **values))

    def letters(self) -> service.LettersPage:
        return service.view_letters(self.database, self.act)

    def run(self) -> UUID:
        return service.start_run(self.database, self.act)

    def print(self, run_id: UUID) -> Path:
        print_letters(self.shop, run_id, now=self.now)
        page = service.view_run(self.database, self.act, run_id)
        return run_folder(self.home, self.practice_id, page.run.number)

    def state(self, run_id: UUID) -> service.RunPage:
        return service.view_run(self.database, self.act, run_id)

    @property
    def _job(self) -> Principal:
        return Principal.job(self.practice_id, role="test")


def settle(database: Database, practice_id: UUID, numbers: Iterable[int]) -> list[UUID]:
    """People who owe, and get paper."""
    ids = []
    for number in numbers:
        guarantor_id = make_guarantor(
            database, practice_id, account_number=f"A-3{number:04d}", email=None
        )
        patient_id = make_patient(database, practice_id, guarantor_id=guarantor_id)
        make_adjudicated_claim(
            database,
            practice_id,
            guarantor_id=guarantor_id,
            patient_id=patient_id,
            claim_number=f"C-3{number:04d}",
        )
        ids.append(guarantor_id)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        at_home = update(Guarantor).where(Guarantor.practice_id == practice_id)
        session.execute(at_home.values(**HOME))
    return ids


@pytest.fixture
def town(database: Database, practice_id: UUID, issue: Issue, tmp_path: Path) -> Iterator[Town]:
    ids = settle(database, practice_id, range(PEOPLE))
    issue()
    app = Flask(__name__)
    i18n.speak(app, secure_cookies=False)
    with app.app_context():
        yield Town(database, practice_id, tuple(ids), tmp_path)


@pytest.fixture
def house(database: Database, practice_id: UUID, family: Family, tmp_path: Path) -> Iterator[Town]:
    """Ana pays for Mateo too, and gets paper; nothing is issued yet."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        at_home = update(Guarantor).where(Guarantor.practice_id == practice_id)
        session.execute(at_home.values(**HOME, email=None))
    app = Flask(__name__)
    i18n.speak(app, secure_cookies=False)
    with app.app_context():
        yield Town(database, practice_id, (family.guarantor_id,), tmp_path)


def index_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

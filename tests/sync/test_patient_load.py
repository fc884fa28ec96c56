"""The practice's list of patients: made, found, updated, or refused line by line; never merged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import practice_of
from portal.domain.patient_list import COLUMNS
from portal.practice.models import Guarantor, Patient
from portal.sync.patient_load import (
    LoadReport,
    PatientListError,
    load_patients,
    patient_template,
)
from tests.remittances.desk import NOW, ImportDesk, SentClaim

JUNE = {
    "account_number": "J-1",
    "guarantor_first_name": "June",
    "guarantor_last_name": "Marlowe",
    "guarantor_born_on": "1985-04-27",
    "email": "june@example.com",
    "phone": "(503) 555-0101",
    "patient_first_name": "June",
    "patient_last_name": "Marlowe",
    "patient_born_on": "1985-04-27",
    "member_identifier": "W1",
}
PIP = JUNE | {
    "patient_first_name": "Pip",
    "patient_born_on": "2019-08-02",
    "member_identifier": "W1",
}


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads lists at a practice where the account J-1 is June's."""

    desk: ImportDesk

    def load(self, *lines: dict[str, str], dry_run: bool = False) -> LoadReport:
        rows = [[line.get(name, "") for name in COLUMNS] for line in lines]
        return self.load_bytes(written([list(COLUMNS), *rows]), dry_run=dry_run)

    def load_bytes(self, content: bytes, *, dry_run: bool = False) -> LoadReport:
        return load_patients(
            self.desk.database,
            self.desk.practice,
            content,
            file_name="patients.csv",
            now=NOW,
            dry_run=dry_run,
        )

    def guarantors(self) -> dict[str, Guarantor]:
        with self.desk.database.transaction(self.desk.principal()) as session:
            rows = session.scalars(
                select(Guarantor).where(Guarantor.practice_id == practice_of(session))
            )
            return {row.account_number: row for row in rows}

    def patients(self) -> Sequence[Patient]:
        with self.desk.database.transaction(self.desk.principal()) as session:
            return session.scalars(
                select(Patient)
                .where(Patient.practice_id == practice_of(session))
                .order_by(Patient.patient_id)
            ).all()


@pytest.fixture
def loader(desk: ImportDesk) -> Loader:
    return Loader(desk)


def test_who_is_new_is_made_and_again_is_the_same(loader: Loader) -> None:
    report = loader.load_bytes(patient_template())
    assert (report.guarantors, report.patients) == ((2, 0, 0), (3, 0, 0))
    again = loader.load_bytes(patient_template())
    assert (again.guarantors, again.patients) == ((0, 0, 2), (0, 0, 3))
    ana = loader.guarantors()["J-1041"]
    assert (ana.email, ana.language) == ("ana.reyes@example.com", "es")
    assert ana.email_agreed_at == NOW
    assert loader.guarantors()["J-1042"].email_agreed_at is None


def test_the_template_in_the_documents_is_the_one_that_is_printed() -> None:
    documented = Path(__file__).parents[2] / "docs" / "templates" / "patients.csv"
    assert documented.read_bytes() == patient_template()


def test_contact_details_change_and_an_empty_cell_changes_nothing(loader: Loader) -> None:
    loader.load(JUNE)
    report = loader.load(JUNE | {"phone": "(503) 555-0199", "email": ""})
    assert report.guarantors == (0, 1, 0)
    june = loader.guarantors()["J-1"]
    assert (june.phone, june.email) == ("(503) 555-0199", "june@example.com")


def test_consent_is_for_the_address_it_was_given_for(loader: Loader) -> None:
    loader.load(JUNE | {"email_agreed": "yes"})
    assert loader.guarantors()["J-1"].email_agreed_at == NOW
    loader.load(JUNE | {"email": "new@example.com"})
    assert loader.guarantors()["J-1"].email_agreed_at is None
    loader.load(JUNE | {"email": "new@example.com", "email_agreed": "yes"})
    loader.load(JUNE | {"email": "new@example.com", "email_agreed": "no"})
    assert loader.guarantors()["J-1"].email_agreed_at is None


def test_somebody_a_remittance_had_made_gets_the_practices_account(
    desk: ImportDesk, loader: Loader
) -> None:
    desk.receive(SentClaim(last_name="OKAFOR", first_name="IDA", member="W9"))
    ida = JUNE | {
        "account_number": "J-9",
        "guarantor_first_name": "Ida",
        "guarantor_last_name": "Okafor",
        "patient_first_name": "Ida",
        "patient_last_name": "Okafor",
        "member_identifier": "W9",
    }
    report = loader.load(ida)
    assert (report.guarantors, report.patients) == ((0, 1, 0), (0, 1, 0))
    assert loader.guarantors()["J-9"].guarantor_id == desk.guarantor_id()


def test_a_child_a_remittance_had_made_goes_to_whoever_signed_and_its_visit_stays(
    desk: ImportDesk, loader: Loader
) -> None:
    desk.receive(SentClaim(first_name="PIP", member="W7"))
    before = desk.guarantor_id()
    report = loader.load(PIP | {"account_number": "J-7", "member_identifier": "W7"})
    assert (report.guarantors, report.patients) == ((1, 0, 0), (0, 1, 0))
    (pip,) = [one for one in loader.patients() if one.first_name == "Pip"]
    assert pip.guarantor_id == loader.guarantors()["J-7"].guarantor_id
    assert desk.guarantor_id() == before
    assert desk.findings() == []


def test_a_father_whose_birth_date_nobody_knows_does_not_become_his_son(loader: Loader) -> None:
    father = PIP | {"patient_born_on": ""}
    loader.load(father)
    report = loader.load(PIP | {"member_identifier": "W2"}, father)
    assert [one.line_number for one in report.refused] == [2]
    assert "nothing says whether it is the same" in report.refused[0].reason
    (kept,) = [one for one in loader.patients() if one.first_name == "Pip"]
    assert (kept.born_on, kept.member_identifier) == (None, "W1")


def test_two_of_one_name_and_one_member_number_are_not_told_apart_by_the_order_of_lines(
    loader: Loader,
) -> None:
    father = PIP | {"patient_born_on": "1985-04-27"}
    loader.load(PIP | {"patient_born_on": ""})
    report = loader.load(PIP, father)
    assert [one.reason for one in report.refused] == ["It is the same patient as in line 2."]
    loader.load(father)
    assert loader.load(PIP, father).patients == (1, 0, 1)


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        ({"member_identifier": ""}, {"member_identifier": "W1"}),
        ({"member_identifier": ""}, {"member_identifier": ""}),
        ({"patient_born_on": ""}, {}),
    ],
)
def test_nobody_changes_to_another_account_unless_date_and_number_are_both_alike(
    loader: Loader, recorded: dict[str, str], told: dict[str, str]
) -> None:
    pip = PIP | {"patient_first_name": "Rae", "member_identifier": "W5"}
    loader.load(pip | recorded)
    before = {one.patient_id: one.guarantor_id for one in loader.patients()}
    luis = {"account_number": "J-2", "guarantor_first_name": "Luis", "guarantor_born_on": ""}
    report = loader.load(pip | luis | told)
    assert "on account J-1 here" in report.refused[0].reason
    assert {one.patient_id: one.guarantor_id for one in loader.patients()} == before


def test_who_changes_account_leaves_what_was_billed_with_whoever_owes_for_it(
    desk: ImportDesk, loader: Loader
) -> None:
    loader.load(JUNE, PIP | {"member_identifier": "W7"})
    desk.receive(SentClaim(first_name="PIP", member="W7"))
    before = desk.guarantor_id()
    assert before == loader.guarantors()["J-1"].guarantor_id
    luis = {"account_number": "J-2", "guarantor_first_name": "Luis", "guarantor_born_on": ""}
    loader.load(PIP | luis | {"member_identifier": "W7"})
    (pip,) = [one for one in loader.patients() if one.first_name == "Pip"]
    assert pip.guarantor_id == loader.guarantors()["J-2"].guarantor_id
    assert desk.guarantor_id() == before
    assert desk.findings() == []


def test_a_list_without_dates_and_numbers_is_the_same_again(loader: Loader) -> None:
    bare = PIP | {"patient_first_name": "Rae", "patient_born_on": "", "member_identifier": ""}
    loader.load(bare)
    assert loader.load(bare).patients == (0, 0, 1)


def test_the_audit_log_says_whose_address_date_or_account_a_list_changed(
    desk: ImportDesk, loader: Loader
) -> None:
    loader.load(JUNE, PIP | {"patient_born_on": ""})
    june = loader.guarantors()["J-1"].guarantor_id
    assert desk_changes(desk) == [("guarantor", june)]  # Pip is new
    loader.load(JUNE, PIP)
    (pip,) = [one.patient_id for one in loader.patients() if one.first_name == "Pip"]
    audited = [("guarantor", june), ("patient", pip)]
    assert desk_changes(desk) == audited
    loader.load(JUNE | {"phone": "(503) 555-0199"})
    assert desk_changes(desk) == audited
    loader.load(JUNE | {"email": "new@example.com"})
    assert desk_changes(desk) == [*audited, ("guarantor", june)]


def desk_changes(desk: ImportDesk) -> list[tuple[str, UUID | None]]:
    """Whom the audit log names as changed, oldest first."""
    with desk.database.transaction(desk.principal()) as session:
        rows = session.execute(
            select(AuditEvent.object_kind, AuditEvent.object_id)
            .where(AuditEvent.practice_id == practice_of(session), AuditEvent.action == "change")
            .order_by(AuditEvent.event_id)
        )
        return [(row.object_kind, row.object_id) for row in rows]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"account_number": ""}, "Its account_number is empty."),
        ({"guarantor_born_on": "04/27/1985"}, "is not a day such as"),
        ({"guarantor_born_on": "2010-01-01"}, "A minor owes nothing"),
        ({"guarantor_last_name": "Lee", "guarantor_first_name": "Jo"}, "somebody else's here"),
        ({"email_agreed": "maybe"}, "neither yes nor no"),
        ({"email": "", "email_agreed": "yes"}, "has no address"),
        ({"language": "fr"}, "none of en, es"),
        ({"account_number": "J-2", "member_identifier": "", "patient_born_on": ""}, "is the same"),
    ],
)
def test_one_wrong_line_stops_the_list_and_says_why(
    loader: Loader, changes: dict[str, str], sentence: str
) -> None:
    before = loader.patients()
    good = PIP | {"patient_first_name": "Rae", "member_identifier": "W5"}
    report = loader.load(good, JUNE | changes)
    assert sentence in report.refused[0].reason
    assert report.refused[0].line_number == 3
    assert [one.patient_id for one in loader.patients()] == [one.patient_id for one in before]


def test_lines_of_one_account_that_differ_and_a_patient_twice_are_refused(loader: Loader) -> None:
    report = loader.load(JUNE, PIP | {"phone": "(503) 555-0199"}, JUNE)
    assert [one.reason for one in report.refused] == [
        "Line 2 has the same account with another phone.",
        "It is the same patient as in line 2.",
    ]


def test_two_who_fit_are_never_merged(desk: ImportDesk, loader: Loader) -> None:
    loader.load(JUNE)
    report = loader.load(JUNE | {"account_number": "J-2", "member_identifier": "W2"})
    assert "nothing says whether it is the same" in report.refused[0].reason
    assert desk.findings() == []


def test_a_dry_run_counts_and_writes_nothing(loader: Loader) -> None:
    report = loader.load_bytes(patient_template(), dry_run=True)
    assert report.patients == (3, 0, 0)
    assert "J-1041" not in loader.guarantors()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "It is empty."),
        (b"account_number,shoe_size\r\n", "columns we do not know: shoe_size"),
        (b"account_number\r\n", "lacks the columns: guarantor_first_name"),
        (b"\xff\xfe\x00", "It is not UTF-8."),
        (patient_template() + b"J-1,Ana\r\n", "Line 5 has 2 cells"),
    ],
)
def test_what_is_no_list_is_not_read(loader: Loader, content: bytes, sentence: str) -> None:
    with pytest.raises(PatientListError, match=sentence):
        loader.load_bytes(content)


def test_a_formula_is_a_name_like_any_other(loader: Loader) -> None:
    loader.load(PIP | {"account_number": "J-4", "patient_first_name": "=1+1"})
    assert "=1+1" in {one.first_name for one in loader.patients()}

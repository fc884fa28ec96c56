"""Claims, people and plans told by FHIR go on file as those of an 837 do."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.journal import LedgerAccount
from portal.practice.models import Coverage, Guarantor, Patient
from portal.remittances.models import SentClaimContent
from portal.remittances.sent.claims import import_any
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim
from tests.remittances.fhir_text import (
    COVERAGE,
    PATIENT,
    PAYER,
    PEOPLE,
    Resource,
    bundle,
    concept,
    eob,
    lines,
    money,
)

CLAIM: Resource = {
    "resourceType": "Claim",
    "id": "claim-1",
    "identifier": [{"system": "https://riverbend.example/claims", "value": "A1"}],
    "status": "active",
    "type": concept("professional"),
    "use": "claim",
    "patient": {"reference": "Patient/p1"},
    "created": "2026-01-06",
    "provider": {"display": "Riverbend"},
    "priority": concept("normal"),
    "diagnosis": [
        {
            "sequence": 1,
            "diagnosisCodeableConcept": concept("Z00.00", "http://hl7.org/fhir/sid/icd-10-cm"),
        }
    ],
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/c1"}}],
    "item": [
        {
            "sequence": 1,
            "diagnosisSequence": [1],
            "productOrService": concept("99213", "http://www.ama-assn.org/go/cpt"),
            "servicedDate": "2026-01-05",
            "net": money("100.00"),
        }
    ],
    "total": money("100.00"),
}


def bring(desk: ImportDesk, *resources: Resource, create_patients: bool = True) -> dict[str, Any]:
    """Import resources as NDJSON; afterwards the books are examined."""
    path = desk.folder / f"claims{len(list(desk.folder.iterdir()))}.ndjson"
    path.write_bytes(lines(resources))
    report = import_any(
        desk.database,
        desk.practice,
        path,
        create_patients=create_patients,
        now=NOW,
        today=TODAY,
        imported_by="test",
    )
    assert desk.findings() == []
    facts = report.as_json()
    assert facts["charge_cents"] == sum(facts["cents"].values())
    return facts


def rows(desk: ImportDesk, *columns: Any) -> list[tuple[Any, ...]]:
    with desk.database.transaction(desk.principal()) as session:
        query = select(*columns).where(columns[0].class_.practice_id == desk.practice.practice_id)
        return [tuple(row) for row in session.execute(query)]


def figures(facts: Mapping[str, Any]) -> tuple[int, int, int, int]:
    return (
        facts["claims_posted"],
        facts["claims_held"],
        facts["claims_quarantined"],
        facts["duplicates"],
    )


def test_a_claim_is_recorded_with_its_patient_and_plan(desk: ImportDesk) -> None:
    facts = bring(desk, *PEOPLE, CLAIM)
    assert figures(facts) == (1, 0, 0, 0)
    assert (facts["patients_made"], facts["coverages_added"]) == (1, 1)
    assert desk.claim().payer_receivable_cents == 10_000
    assert desk.claim().holds == ()
    assert rows(desk, Patient.first_name, Patient.member_identifier) == [("JUNE", "W1")]
    ((content,),) = rows(desk, SentClaimContent.content)
    assert content["diagnoses"] == [{"qualifier": "ABK", "code": "Z00.00"}]
    assert content["lines"][0]["pointers"] == [1]


def test_the_payers_decision_meets_the_claim_that_was_sent(desk: ImportDesk) -> None:
    bring(desk, *PEOPLE, CLAIM)
    assert desk.receive(SentClaim()).claims_posted == 1
    assert len(desk.claims()) == 1
    assert desk.claim().billable_cents == 2_000
    assert desk.sums()[LedgerAccount.GROSS_CHARGES] == -10_000


def test_claim_and_decision_in_one_bundle_are_one_claim(desk: ImportDesk) -> None:
    told = eob(number="", claim={"reference": "Claim/claim-1"})
    assert figures(bring(desk, told, *PEOPLE, CLAIM)) == (2, 0, 0, 0)
    assert desk.claim().billable_cents == 2_000
    assert desk.sums()[LedgerAccount.GROSS_CHARGES] == -10_000


def test_the_same_claim_again_is_a_duplicate(desk: ImportDesk) -> None:
    bring(desk, *PEOPLE, CLAIM)
    sums = desk.sums()
    assert figures(bring(desk, CLAIM, *PEOPLE)) == (0, 0, 0, 1)
    assert desk.sums() == sums


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"status": "draft"}, (0, 0, 0, 0)),
        ({"use": "predetermination"}, (0, 0, 1, 0)),
        ({"total": money("99.00")}, (0, 0, 1, 0)),
        ({"total": money("100.001")}, (0, 0, 1, 0)),
        ({"total": money("100.00", "EUR")}, (0, 0, 1, 0)),
        ({"item": []}, (0, 0, 1, 0)),
        ({"insurance": "none"}, (0, 0, 1, 0)),
        ({"total": None}, (1, 0, 0, 0)),
    ],
)
def test_a_claim_that_does_not_hold_is_not_recorded(
    desk: ImportDesk, elements: dict[str, Any], expected: tuple[int, ...]
) -> None:
    claim = {name: one for name, one in (CLAIM | elements).items() if one is not None}
    assert figures(bring(desk, *PEOPLE, claim)) == expected
    assert bool(desk.sums()) is (expected == (1, 0, 0, 0))


def test_a_price_times_its_quantity_is_the_charge_where_no_total_is_stated(
    desk: ImportDesk,
) -> None:
    one = {name: value for name, value in CLAIM["item"][0].items() if name != "net"}
    one |= {"unitPrice": money("12.50"), "quantity": {"value": 8}}
    bring(desk, *PEOPLE, CLAIM | {"item": [one]})
    assert desk.claim().charge_cents == 10_000


def test_a_cancelled_claim_takes_its_charge_back(desk: ImportDesk) -> None:
    bring(desk, *PEOPLE, CLAIM)
    assert figures(bring(desk, *PEOPLE, CLAIM | {"status": "cancelled"})) == (1, 0, 0, 0)
    assert desk.sums() == {}


def test_a_claim_that_replaces_one_changes_its_charge(desk: ImportDesk) -> None:
    bring(desk, *PEOPLE, CLAIM)
    changed = CLAIM["item"][0] | {"net": money("80.00")}
    related = [{"relationship": concept("replaces"), "reference": {"value": "ICN1"}}]
    new = CLAIM | {"item": [changed], "total": money("80.00"), "related": related}
    assert figures(bring(desk, *PEOPLE, new)) == (1, 0, 0, 0)
    assert desk.claim().charge_cents == 8_000


def test_people_and_plans_go_on_file_without_a_claim(desk: ImportDesk) -> None:
    plan = COVERAGE | {"period": {"start": "2025-01-01", "end": "2025-12-31"}}
    facts = bring(desk, PATIENT, PAYER, plan)
    assert figures(facts) == (0, 0, 0, 0)
    assert (facts["patients_made"], facts["coverages_added"]) == (1, 1)
    ((rank, starts_on, ends_on, member),) = rows(
        desk, Coverage.rank, Coverage.starts_on, Coverage.ends_on, Coverage.member_identifier
    )
    assert (rank, member) == (1, "W1")
    assert (str(starts_on), str(ends_on)) == ("2025-01-01", "2025-12-31")


def test_nobody_is_made_when_nobody_asked_for_it(desk: ImportDesk) -> None:
    facts = bring(desk, *PEOPLE, CLAIM, create_patients=False)
    assert facts["patients_made"] == 0
    assert desk.claim().holds == ("patient_unknown",)


def test_for_a_child_the_subscriber_or_the_parent_owes(desk: ImportDesk) -> None:
    child = PATIENT | {"birthDate": "2020-05-06"}
    parent = {
        "resourceType": "RelatedPerson",
        "id": "r1",
        "patient": {"reference": "Patient/p1"},
        "relationship": [concept("MTH")],
        "name": [{"family": "MARLOWE", "given": ["ADA"]}],
        "birthDate": "1990-01-02",
    }
    bring(desk, child, PAYER, COVERAGE)
    assert rows(desk, Patient.first_name) == []
    bring(desk, child, PAYER, COVERAGE, parent)
    assert rows(desk, Patient.first_name) == [("JUNE",)]
    assert rows(desk, Guarantor.first_name) == [("ADA",)]


def test_a_bundle_resolves_full_urls(desk: ImportDesk) -> None:
    nameless = {name: one for name, one in PATIENT.items() if name != "id"}
    content = bundle(nameless, PAYER, COVERAGE, eob(), kind="transaction")
    content["entry"][0]["fullUrl"] = "urn:uuid:6f3c"
    content["entry"][3]["resource"]["patient"] = {"reference": "urn:uuid:6f3c"}
    content["entry"][2]["resource"] = COVERAGE | {"beneficiary": {"reference": "urn:uuid:6f3c"}}
    assert figures(bring(desk, content)) == (1, 0, 0, 0)
    assert rows(desk, Patient.first_name) == [("JUNE",)]
    assert rows(desk, Coverage.rank) == [(1,)]


def test_a_claim_without_a_number_goes_by_its_id(desk: ImportDesk) -> None:
    claim = {name: one for name, one in CLAIM.items() if name != "identifier"}
    told = eob(number="", claim={"reference": "Claim/claim-1"})
    assert figures(bring(desk, told, *PEOPLE, claim)) == (2, 0, 0, 0)
    assert list(desk.claims()) == ["claim-1"]

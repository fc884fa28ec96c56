"""Every FHIR file of the corpus ends in the books or beside them, to the cent."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from portal.remittances.check import check_file
from portal.remittances.sent.claims import import_any
from tests.remittances.desk import NOW, TODAY, ImportDesk
from tests.remittances.fhir_text import concept
from tests.remittances.test_fhir_check import of_category, of_corpus, raw

# What balances, once somebody says whose claim it is: posted, and held for a patient nobody knows.
SOUND: Mapping[str, tuple[str, str, str]] = {  # charge, payment, patient's share
    "bfd_v3_ExplanationOfBenefit-Pharmacy": ("45.50", "45.50", "0"),
    "carin_ExplanationOfBenefit_01234567801-FR123E1230000010000010001": ("260", "0", "139.86"),
    "carin_ExplanationOfBenefit_88897664101-HNXXXTTTUUU645987": ("96.40", "29.46", "14"),
    "carin_ExplanationOfBenefit_ProfessionalEOBExample1": ("820", "258.91", "0"),
    "carin_connDmdEOBInpatient1": ("1505.90", "1505.90", "0"),
    "carin_connDmdEOBPharmacy1": ("40.28", "40.28", "0"),
}


def bring(desk: ImportDesk, path: Path) -> dict[str, Any]:
    report = import_any(
        desk.database,
        desk.practice,
        path,
        create_patients=True,
        now=NOW,
        today=TODAY,
        imported_by="test",
    )
    assert desk.findings() == []
    facts = report.as_json()
    assert facts["claims"] == sum(
        facts[name] for name in ("claims_posted", "claims_held", "claims_quarantined", "duplicates")
    )
    assert facts["charge_cents"] == sum(facts["cents"].values())
    return facts


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def test_nobody_names_our_claims_so_nothing_is_posted_and_nothing_is_lost(
    desk: ImportDesk, era_corpus: Path
) -> None:
    told_before: set[str] = set()
    for path in of_corpus(era_corpus):
        facts, checked = bring(desk, path), check_file(path)
        assert (facts["claims"], facts["charge_cents"]) == (checked.claims, checked.charge_cents)
        assert facts["findings"] == len(checked.findings)
        explanations = [json.dumps(one, sort_keys=True, default=str) for one in raw(path)]
        new = [one for one in explanations if one not in told_before]
        told_before.update(new)
        assert facts["claims_quarantined"] == len(new), path.name
        assert facts["duplicates"] == len(explanations) - len(new), path.name
    assert desk.sums() == {}
    assert desk.claims() == {}


def test_what_balances_is_posted_once_it_is_named(
    desk: ImportDesk, era_corpus: Path, tmp_path: Path
) -> None:
    for path in of_corpus(era_corpus):
        found = json.loads(path.read_text(), parse_float=float)
        if found["resourceType"] == "Bundle":
            continue
        info = {
            "sequence": 1,
            "category": concept("patientaccountnumber"),
            "valueString": path.stem,
        }
        named = tmp_path / path.name
        named.write_text(json.dumps(found | {"supportingInfo": [info]}))
        facts = bring(desk, named)
        expected = (1, 0) if path.stem in SOUND else (0, 1)
        assert (facts["claims_held"], facts["claims_quarantined"]) == expected, path.name
    claims = desk.claims()
    assert sorted(claims) == sorted(SOUND)
    for name, (charge, payment, share) in SOUND.items():
        claim = claims[name]
        assert (claim.charge_cents, claim.paid_cents) == (cents(charge), cents(payment)), name
        assert claim.patient_pending_cents == cents(share), name
        assert claim.billable_cents == 0


def test_the_pins_are_what_the_raw_files_say(era_corpus: Path) -> None:
    for name, (charge, payment, share) in SOUND.items():
        (explanation,) = raw(era_corpus / "fhir" / f"{name}.json")
        lines = [one for item in explanation["item"] for one in item.get("adjudication", [])]
        places = lines if of_category(lines, "submitted") else explanation["total"]
        paid = of_category(places, "paidtoprovider") or of_category(places, "benefit")
        shares = [of_category(places, one) for one in ("deductible", "coinsurance", "copay")]
        assert sum(of_category(places, "submitted")) == Decimal(charge), name
        assert sum(paid) == Decimal(payment), name
        assert sum(sum(one) for one in shares) == Decimal(share), name

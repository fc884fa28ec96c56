"""What is read of FHIR files, what is refused with a sentence, and what the corpus adds up to."""

import json
import random
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cli.era import era
from portal.remittances.check import check_file
from portal.remittances.findings import UnreadableRemittanceError
from tests.remittances.fhir_text import (
    AMOUNTS,
    PEOPLE,
    adjudication,
    adjustment,
    bundle,
    concept,
    eob,
    item,
    lines,
    money,
    told,
    written,
)

CORPUS_FILES = 33


def checked(tmp_path: Path, data: bytes) -> dict[str, Any]:
    path = tmp_path / "told.json"
    path.write_bytes(data)
    return check_file(path).as_json()


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "refused.json"
    path.write_bytes(data)
    with pytest.raises(UnreadableRemittanceError) as error:
        check_file(path)
    return str(error.value)


def test_the_figures_are_those_of_a_remittance(tmp_path: Path) -> None:
    assert checked(tmp_path, written(told(eob()))) == {
        "file": str(tmp_path / "told.json"),
        "claims": 1,
        "service_lines": 1,
        "charge_cents": 10_000,
        "paid_cents": 5_000,
        "pr_cents": 2_000,
        "unbalanced_claims": 0,
        "findings": [],
    }


def test_the_command_reads_it_as_any_file(tmp_path: Path) -> None:
    path, old = tmp_path / "told.json", tmp_path / "old.json"
    path.write_bytes(written(told(eob())))
    old.write_bytes(written(eob(totalCost={})))
    done = CliRunner().invoke(era, ["check", "--json", str(path), str(old)])
    sound, refusal = map(json.loads, done.output.splitlines())
    assert done.exit_code == 2
    assert sound == check_file(path).as_json()
    assert refusal["error"].startswith("This is FHIR STU3")


@pytest.mark.parametrize(
    "data",
    [
        written(told(eob())),
        b"\xef\xbb\xbf \r\n" + written(told(eob())),
        json.dumps(json.loads(written(told(eob()))), indent=4).encode(),
        lines([*PEOPLE, eob()]),
        lines([bundle(*PEOPLE), bundle(eob())]),
        b"\n\n" + lines([*PEOPLE, eob()]) + b"\n\n",
        written(bundle(*PEOPLE, bundle(eob()), kind="searchset")),
        written(bundle(*PEOPLE, eob(), kind="transaction")),
    ],
)
def test_it_is_known_by_its_content_however_it_is_laid_out(tmp_path: Path, data: bytes) -> None:
    facts = checked(tmp_path, data)
    assert (facts["claims"], facts["charge_cents"], facts["findings"]) == (1, 10_000, [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (eob(totalCost={"value": 1}), "STU3 (its ExplanationOfBenefit has totalCost)"),
        (eob(information=[]), "STU3 (its ExplanationOfBenefit has information)"),
        (eob(organization={}), "STU3"),
        (eob(insurance={"coverage": {}}), "STU3 (its ExplanationOfBenefit has insurance)"),
        (eob({"sequence": 1, "service": concept("1")}), "has item.service"),
        (eob({"sequence": 1, "careTeamLinkId": [1]}), "STU3"),
        (eob(claimReference={}), "DSTU2"),
        (eob(traceNumber=[]), "R5"),
        (eob(meta={"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/x"]}), "R5"),
        ({"resourceType": "Claim", "information": []}, "STU3 (its Claim"),
        ({"resourceType": "Claim", "ruleset": {}}, "DSTU2"),
        ({"resourceType": "Coverage", "kind": "insurance"}, "R5 (its Coverage has kind)"),
        ({"resourceType": "Coverage", "sequence": "1"}, "STU3"),
        ({"resourceType": "Patient", "careProvider": []}, "DSTU2"),
        ({"resourceType": "Bundle", "type": "message"}, "holds no claims"),
        ({"resourceType": "Bundle", "type": "collection", "entry": 5}, "not a list"),
        ({"resourceType": "Bundle", "type": "collection"}, "no FHIR resource"),
        ({"resourceType": 5}, "not a FHIR resource"),
        ({"claims": []}, "not a FHIR resource"),
        ([], "not a FHIR resource"),
        ([eob()], "not a FHIR resource"),
    ],
)
def test_another_version_or_content_is_refused_with_a_sentence(
    tmp_path: Path, content: Any, words: str
) -> None:
    message = refused(tmp_path, written(content))
    assert words in message
    assert message.endswith(".")


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"resourceType":',
        b'{"resourceType": "Patient"} trailing',
        b'{"resourceType": "Patient"}\n{"resourceType": ',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 10_000 + b"}",
        b'{"a": "\xff"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"resourceType": "Bundle", "type": "collection", "entry": [' + b"{}," * 2_000_000,
        b"{" + b" " * (25 * 1024 * 1024) + b"}",
    ],
    ids=range(12),
)
def test_what_is_broken_or_too_much_is_refused_soon(tmp_path: Path, data: bytes) -> None:
    began = time.process_time()
    assert refused(tmp_path, data).endswith(".")
    assert time.process_time() - began < 5


def test_a_deep_bundle_is_refused(tmp_path: Path) -> None:
    data = b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":' * 20_000
    assert refused(tmp_path, data).endswith(".")


def test_a_resource_that_is_none_of_r4_is_one_claim_with_a_finding(tmp_path: Path) -> None:
    facts = checked(tmp_path, written(told(eob(insurer=None), eob(icn="ICN2"))))
    assert (facts["claims"], facts["charge_cents"]) == (2, 10_000)
    (finding,) = facts["findings"]
    assert finding["code"] == "resource_unreadable"
    assert finding["where"] == "entry 4, ExplanationOfBenefit"
    assert "insurer" in finding["message"]


def test_a_resource_of_a_hundred_thousand_items_is_left_unread(tmp_path: Path) -> None:
    facts = checked(tmp_path, written(told(eob(item=[{}] * 100_000))))
    assert facts["findings"][0]["message"].startswith("It is larger than any ExplanationOfBenefit")


def test_the_models_are_loaded_for_those_who_read_fhir_alone() -> None:
    program = (
        "import sys, portal.cli.era, portal.remittances.sent.claims, portal.remittances.check\n"
        "print('pydantic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_elements_nobody_reads_may_be_wrong(tmp_path: Path) -> None:
    odd = eob(meta={"lastUpdated": "IGNORED"}, created="IGNORED", procedure=[{"date": "x"}], foo=1)
    assert checked(tmp_path, written(told(odd)))["findings"] == []


def test_references_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    facts = checked(tmp_path, written(eob()))
    assert [one["message"] for one in facts["findings"]] == [
        "Patient/p1 is not in the file.",
        "Coverage/c1 is not in the file.",
        "Organization/payer is not in the file.",
    ]


def test_kinds_that_nobody_reads_are_named_once(tmp_path: Path) -> None:
    others = [{"resourceType": "Location", "id": str(number)} for number in range(3)]
    facts = checked(tmp_path, written(bundle(*PEOPLE, *others, eob())))
    assert [one["message"] for one in facts["findings"]] == [
        "What it tells as Location was left out."
    ]


def of_corpus(era_corpus: Path) -> list[Path]:
    files = sorted((era_corpus / "fhir").iterdir())
    assert len(files) == CORPUS_FILES
    return files


def raw(path: Path) -> list[dict[str, Any]]:
    """The explanations of a file, read by nothing but JSON."""
    found = json.loads(path.read_text(), parse_float=Decimal)
    entries = [one["resource"] for one in found["entry"]] if "entry" in found else [found]
    return [one for one in entries if one["status"] != "draft"]


def of_category(places: list[dict[str, Any]], category: str) -> list[Decimal]:
    return [
        Decimal(str(one["amount"]["value"]))
        for one in places
        if "amount" in one
        and any(coding["code"] == category for coding in one["category"]["coding"])
    ]


def test_every_file_of_the_corpus_is_read(era_corpus: Path) -> None:
    for path in of_corpus(era_corpus):
        facts = check_file(path)
        assert facts.claims == len(raw(path)), path.name
        assert all(one.message.endswith(".") for one in facts.findings)


def test_a_stated_total_is_what_was_billed(era_corpus: Path) -> None:
    for path in of_corpus(era_corpus):
        explanations = raw(path)
        stated = [of_category(one.get("total", []), "submitted") for one in explanations]
        if stated and all(len(one) == 1 for one in stated):
            billed = sum(int(one[0] * 100) for one in stated)
            assert check_file(path).charge_cents == billed, path.name


@pytest.mark.parametrize(
    ("name", "category_of_payment"),
    [
        ("carin_ExplanationOfBenefit_01234567801-FR123E1230000010000010001.json", "benefit"),
        ("carin_ExplanationOfBenefit_88897664101-HNXXXTTTUUU645987.json", "benefit"),
        ("carin_ExplanationOfBenefit_ProfessionalEOBExample1.json", "benefit"),
        ("bfd_v2_eobReadCarrier.json", "paidtoprovider"),
        ("bfd_v2_eobReadCarrierWithMultipleLines.json", "paidtoprovider"),
        ("bfd_v3_ExplanationOfBenefit-Pharmacy.json", "benefit"),
    ],
)
def test_lines_add_up_to_what_the_raw_file_says(
    era_corpus: Path, name: str, category_of_payment: str
) -> None:
    (explanation,) = raw(era_corpus / "fhir" / name)
    places = [one for line in explanation["item"] for one in line["adjudication"]]
    facts = check_file(era_corpus / "fhir" / name)

    def cents(*categories: str) -> int:
        return sum(int(one * 100) for each in categories for one in of_category(places, each))

    assert facts.charge_cents == cents("submitted")
    assert facts.paid_cents == cents(category_of_payment)
    assert facts.pr_cents == cents("deductible", "coinsurance", "copay")
    assert facts.service_lines == len(explanation["item"])


def broken(source: random.Random, value: Any) -> Any:
    """The same with one thing wrong somewhere, mostly deep inside."""
    if isinstance(value, dict) and value and source.random() < _DEEPER:
        inner = sorted(name for name, one in value.items() if isinstance(one, dict | list))
        name = source.choice(inner if inner and source.random() < _DEEPER else sorted(value))
        changed = {**value, name: broken(source, value[name])}
        if source.random() > _DEEPER:
            del changed[name]
        return changed
    if isinstance(value, list) and value and source.random() < _DEEPER:
        at = source.randrange(len(value))
        return [*value[:at], broken(source, value[at]), *value[at + 1 :]]
    return source.choice(_WRONG)


_DEEPER = 0.9
_WRONG: tuple[Any, ...] = (
    *(None, "", "x", -1, 1e308, 10**30, 0.125, True, [], {}, [[]]),
    *("#p1", {"value": "1"}, "2026-02-30", "cancelled", "USD"),
)


def said_of(path: Path) -> list[str]:
    """Why it is refused, or what is found."""
    try:
        return [one.message for one in check_file(path).findings]
    except UnreadableRemittanceError as error:
        return [str(error)]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_whatever_is_wrong_ends_in_figures_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    source = random.Random(seed)  # noqa: S311 — repeatable, not secret
    content = json.loads(
        written(told(eob(item(), totals=AMOUNTS, payment={"amount": money("50")})))
    )
    for _ in range(source.randint(1, 4)):
        content = broken(source, content)
    path = tmp_path_factory.mktemp("broken") / "broken.json"
    path.write_text("{}" if content is None else json.dumps(content))
    assert all(sentence.endswith(".") for sentence in said_of(path))


def test_unknown_categories_are_ignored(tmp_path: Path) -> None:
    more = (
        {"category": concept("drugcost"), "amount": money("9.99")},
        {"category": concept("copay", "https://example.org/own"), "amount": money("5")},
        adjudication("innetwork", "3.00"),
        adjustment("", "45"),
    )
    facts = checked(tmp_path, written(told(eob(item(AMOUNTS, *more)))))
    assert (facts["pr_cents"], facts["unbalanced_claims"]) == (2_000, 0)

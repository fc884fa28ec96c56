"""FHIR files made to wear the reader out, to be understood in two ways, or to tell too much."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import portal
from portal.practice.models import Patient
from portal.remittances.fhir.values import named
from tests.remittances.desk import ImportDesk
from tests.remittances.fhir_text import (
    COVERAGE,
    PATIENT,
    PAYER,
    Resource,
    bundle,
    concept,
    eob,
    lines,
    told,
    written,
)
from tests.remittances.test_fhir_check import checked, refused
from tests.remittances.test_fhir_import import POSTED, bring, outcome

_ROOT = Path(portal.__file__).parent.parent
_MEGABYTE = 1024 * 1024
_MOST_MB = 300
_SECONDS = 15
_SOCIAL_SECURITY = f"078-{5:02}-1120"  # no such number stands in the sources


def nested(element: str, levels: int, opening: str, closing: str) -> bytes:
    content = written(eob() | {element: "HERE"})
    return content.replace(b'"HERE"', (opening * levels + closing * levels).encode())


@pytest.mark.parametrize("levels", [64, 480, 500, 900, 980, 5_000])
@pytest.mark.parametrize("element", ["item", "contained", "extension", "foo"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":[', "]}")])
def test_what_is_nested_deeper_than_fhir_is_refused_wherever_it_stands(
    tmp_path: Path, levels: int, element: str, opening: str, closing: str
) -> None:
    message = refused(tmp_path, nested(element, levels, opening, closing))
    assert message == "The JSON is nested too deep for FHIR."


def test_what_nobody_reads_may_be_nested_as_deep_as_fhir_is(tmp_path: Path) -> None:
    data = nested("extension", 63, "[", "]")
    assert checked(tmp_path, data)["claims"] == 1


def test_deep_lines_are_refused_too(tmp_path: Path) -> None:
    data = lines([eob()]) + nested("item", 100, "[", "]")
    assert refused(tmp_path, data) == "The JSON is nested too deep for FHIR."


def team(references: list[str]) -> list[Resource]:
    return [
        {"sequence": n, "provider": {"reference": one}, "role": concept("rendering")}
        for n, one in enumerate(references, 1)
    ]


_LARGE_PATIENT = {**PATIENT, "identifier": [{"value": str(n)} for n in range(90_000)]}
_LARGE_CLAIM = {
    **eob(item=[{"sequence": 1, "productOrService": {}}] * 20_000),
    "resourceType": "Claim",
    "id": "large",
    "priority": {},
    "supportingInfo": [],
}
_MADE_TO_WEAR_OUT: dict[str, Callable[[], Resource]] = {
    "references to nothing among many contained": lambda: eob(
        careTeam=team([f"#x{n}" for n in range(8_000)]),
        contained=[{"resourceType": "Location", "id": "y"}] * 80_000,
    ),
    "different references to nothing": lambda: eob(
        careTeam=team([f"Practitioner/x{n}" for n in range(15_000)])
    ),
    "many references to one that is broken": lambda: eob(
        careTeam=team(["#large"] * 4_000),
        contained=[{"resourceType": "Practitioner", "id": "large", "name": [[]] * 50_000}],
    ),
    "many references to one large patient": lambda: bundle(
        _LARGE_PATIENT, *(eob(icn=f"I{n}") for n in range(1_000))
    ),
    "many references to one large claim": lambda: bundle(
        _LARGE_CLAIM,
        *(
            eob(icn=f"I{n}", number="", claim={"reference": "Claim/large"}, item=None)
            for n in range(1_000)
        ),
    ),
}


@pytest.mark.parametrize("what", _MADE_TO_WEAR_OUT)
def test_many_references_take_no_more_than_their_number(tmp_path: Path, what: str) -> None:
    data = written(_MADE_TO_WEAR_OUT[what]())
    began = time.process_time()
    assert checked(tmp_path, data)["claims"] >= 1
    assert time.process_time() - began < _SECONDS


def test_of_one_kind_so_many_findings_are_told_and_no_more(tmp_path: Path) -> None:
    many = eob(careTeam=team([f"Practitioner/x{n}" for n in range(80)]))
    messages = [one["message"] for one in checked(tmp_path, written(told(many)))["findings"]]
    assert len(messages) == 50
    assert messages[0] == "Practitioner/x0 is not in the file."
    assert messages[-1] == "There is more of this kind, which is not listed."


_SIZE = 10 * _MEGABYTE - 100_000
_LARGE: dict[str, Callable[[], bytes]] = {
    "one wide character": lambda: written(
        bundle(eob(), {"resourceType": "Basic", "text": "HERE"})
    ).replace(b"HERE", "\N{GRINNING FACE}\\u00e9".encode() + b"x" * _SIZE),
    "explanations": lambda: lines([eob()] * (_SIZE // len(lines([eob()])))),
    "names": lambda: (
        b'{"resourceType":"Basic","x":{%s}}'
        % b",".join(b'"k%07d":"v%07d"' % (n, n) for n in range(400_000))
    ),
    "lists of nothing": lambda: (
        b'{"resourceType":"Basic","x":[' + b",".join([b"[]"] * 600_000) + b"]}"
    ),
    "people": lambda: lines([{**PATIENT, "id": f"p{n}"} for n in range(38_000)]),
}
_READ = """
import sys
from datetime import date
from bench.measuring import peak_mb
from portal.remittances.fhir.documents import read_resources
from portal.remittances.fhir.explanation import read_explanations
from portal.remittances.fhir.household import people_of
from portal.remittances.fhir.references import Library
with open(sys.argv[1], "rb") as stream:
    resources = read_resources(stream)
library = Library.of(resources)
told = list(people_of(resources, library, today=date(2026, 1, 1)))
told += read_explanations(resources, library)
print(peak_mb())
"""


@pytest.mark.parametrize("what", _LARGE)
def test_a_file_of_ten_megabytes_is_read_in_little_memory(tmp_path: Path, what: str) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(_LARGE[what]())
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(path)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < _MOST_MB


def test_a_larger_file_is_refused(tmp_path: Path) -> None:
    data = written(eob()) + b" " * 10 * _MEGABYTE
    assert refused(tmp_path, data) == "A FHIR file may hold 10 MB at most: send it in parts."


def test_a_file_of_too_many_names_is_refused(tmp_path: Path) -> None:
    data = b'{"resourceType":"Basic","x":[' + b",".join([b'{"a":1}'] * 450_000) + b"]}"
    assert refused(tmp_path, data) == "The file holds too many values: send it in parts."


@pytest.mark.parametrize("is_escaped", [False, True])
@pytest.mark.parametrize(
    "element", ['"outcome": "complete"', '"item": []', '"total": [{"amount": 1, "amount": 2}]']
)
def test_what_stands_twice_in_one_object_is_refused(
    tmp_path: Path, element: str, *, is_escaped: bool
) -> None:
    escaped = "\\u006f" if is_escaped else "o"
    text = element.replace('"o', f'"{escaped}')
    data = written(eob()).replace(b"{", b"{%s," % text.encode(), 1)
    assert refused(tmp_path, data).startswith("An element stands twice in one object")


@pytest.mark.parametrize(
    ("reference", "called"),
    [
        ("Patient/p9", "Patient/p9"),
        ("https://example.org/fhir/Patient/p9/_history/2", "Patient/p9"),
        ("#p9", "What a reference names"),
        ("urn:uuid:3fdc72f4-a11d-4a9d-9260-a9f745779e1d", "What a reference names"),
        (f"Patient/{_SOCIAL_SECURITY}", "What a reference names"),
        ("Patient/078051120", "What a reference names"),
        (f"Patient?identifier=http://hl7.org/fhir/sid/us-ssn|{_SOCIAL_SECURITY}", None),
        (f"Patient?identifier={_SOCIAL_SECURITY}/Patient/p9?x", None),
        ("x" * 300, None),
    ],
)
def test_a_reference_is_named_by_its_kind_and_id_alone(
    tmp_path: Path, reference: str, called: str | None
) -> None:
    insurance = [{"focal": True, "coverage": {"display": "X"}}]
    content = bundle(PAYER, eob(patient={"reference": reference}, insurance=insurance))
    messages = [one["message"] for one in checked(tmp_path, written(content))["findings"]]
    assert messages == [f"{called or 'What a reference names'} is not in the file."]


def test_a_sentence_about_a_broken_resource_quotes_no_name_of_the_file(tmp_path: Path) -> None:
    odd = eob(insurer={"display": "X", _SOCIAL_SECURITY: "1"})
    (finding, *_) = checked(tmp_path, written(odd))["findings"]
    assert finding["message"] == "It is no ExplanationOfBenefit of FHIR R4: see insurer."


@pytest.mark.parametrize("kind", [_SOCIAL_SECURITY, "x" * 65, "Pat ient", ""])
def test_a_resource_of_a_kind_that_no_kind_can_be_called_is_refused(
    tmp_path: Path, kind: str
) -> None:
    message = refused(tmp_path, written({"resourceType": kind}))
    assert message == "This is JSON, but not a FHIR resource."


def identified(value: str, system: str) -> dict[str, Any]:
    return {"value": value, "system": system}


def with_number_in_reference() -> Resource:
    reference = f"Patient?identifier=http://hl7.org/fhir/sid/us-ssn|{_SOCIAL_SECURITY}"
    return told(eob(), eob(number="", icn="ICN2", patient={"reference": reference}))


def with_number_under(system: str) -> Resource:
    number = identified(_SOCIAL_SECURITY, system)
    patient = {**PATIENT, "identifier": [{**number, "type": concept("MB")}]}
    explanation = eob(
        number="",
        identifier=[{**number, "type": concept("AN")}, {"type": concept("uc"), "value": "ICN1"}],
        claim={"identifier": number},
        related=[{"relationship": concept("prior"), "reference": number}],
    )
    claim = {
        **eob(identifier=[number, {"value": "A1"}], supportingInfo=None, icn="C1"),
        "resourceType": "Claim",
        "priority": concept("normal"),
        "item": [],
        "related": [{"relationship": concept("replaces"), "reference": number}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "X"}}],
    }
    return bundle(patient, PAYER, COVERAGE, claim, explanation)


_SYSTEMS = (
    "http://hl7.org/fhir/sid/us-ssn",
    "https://hl7.org/fhir/sid/us-ssn",
    "http://hl7.org/fhir/sid/us-ssn/",
    "HTTP://HL7.org/fhir/sid/US-SSN",
    "urn:oid:2.16.840.1.113883.4.1",
    "URN:OID:2.16.840.1.113883.4.1",
    "2.16.840.1.113883.4.1",
)


@pytest.mark.parametrize(
    "content", [with_number_in_reference(), *map(with_number_under, _SYSTEMS)], ids=range(8)
)
def test_a_social_security_number_is_stored_nowhere(desk: ImportDesk, content: Resource) -> None:
    bring(desk, content)
    with desk.database.transaction(desk.principal()) as session:
        names = session.connection().exec_driver_sql(
            "select table_name from information_schema.tables where table_schema = 'portal'"
        )
        for (name,) in names.all():
            rows = session.connection().exec_driver_sql(f"select t::text from portal.{name} t")
            assert not any(_SOCIAL_SECURITY in text for (text,) in rows), name


def test_a_name_takes_no_more_room_than_an_index_has(desk: ImportDesk) -> None:
    wide = "\N{CJK UNIFIED IDEOGRAPH-20000}"
    patient = {**PATIENT, "name": [{"family": wide * 400, "given": [wide * 400] * 9}]}
    report = bring(desk, bundle(patient, PAYER, COVERAGE, eob()))
    assert outcome(report) == POSTED
    with desk.database.transaction(desk.principal()) as session:
        query = select(Patient).where(Patient.practice_id == desk.practice.practice_id)
        (found,) = session.scalars(query)
        assert (found.last_name, found.first_name) == (wide * 50, wide * 50)


def test_a_text_that_is_a_name_is_cut_between_characters() -> None:
    person = named("é" * 150 + ", x" + "é" * 150)
    assert (person.last_name, person.first_name) == ("é" * 100, "x" + "é" * 99)

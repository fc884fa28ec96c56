"""Procedure codes to kinds of service, and their names in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.service_kind import SERVICE_NAMES, ServiceKind, name_of, service_kind


@pytest.mark.parametrize(
    ("qualifier", "code", "kind"),
    [
        ("HC", "99213", ServiceKind.OFFICE_VISIT),
        ("HC", "99203", ServiceKind.OFFICE_VISIT),
        ("HC", "99396", ServiceKind.PREVENTIVE_VISIT),
        ("HC", "G0439", ServiceKind.PREVENTIVE_VISIT),
        ("HC", "99285", ServiceKind.EMERGENCY_VISIT),
        ("HC", "99223", ServiceKind.HOSPITAL_VISIT),
        ("HC", "99443", ServiceKind.PHONE_OR_VIDEO_VISIT),
        ("HC", "98005", ServiceKind.PHONE_OR_VIDEO_VISIT),
        ("HC", "36415", ServiceKind.BLOOD_DRAW),
        ("HC", "80053", ServiceKind.LAB_TEST),
        ("HC", "87880", ServiceKind.LAB_TEST),
        ("HC", "0241U", ServiceKind.LAB_TEST),
        ("HC", "71046", ServiceKind.IMAGING),
        ("HC", "93000", ServiceKind.HEART_TEST),
        ("HC", "90471", ServiceKind.VACCINE),
        ("HC", "90686", ServiceKind.VACCINE),
        ("HC", "91320", ServiceKind.VACCINE),
        ("HC", "0001A", ServiceKind.VACCINE),
        ("HC", "97110", ServiceKind.THERAPY),
        ("HC", "97140", ServiceKind.THERAPY),
        ("HC", "90837", ServiceKind.MENTAL_HEALTH),
        ("HC", "20610", ServiceKind.PROCEDURE),
        ("HC", "11042", ServiceKind.PROCEDURE),
        ("HC", "00670", ServiceKind.ANESTHESIA),
        ("HC", "L3908", ServiceKind.SUPPLY),
        ("HC", "E0114", ServiceKind.SUPPLY),
        ("HC", "J1885", ServiceKind.MEDICINE),
        ("HC", "A0429", ServiceKind.AMBULANCE),
        ("HC", " 99213 ", ServiceKind.OFFICE_VISIT),
        ("HC", "0042T", ServiceKind.SERVICE),
        ("HC", "00001", ServiceKind.SERVICE),
        ("HC", "A0001", ServiceKind.SERVICE),
        ("HC", "FromNth", ServiceKind.SERVICE),
        ("HC", "", ServiceKind.SERVICE),
        ("AD", "D1110", ServiceKind.DENTAL),
        ("N4", "00002143380", ServiceKind.MEDICINE),
        ("NU", "0450", ServiceKind.EMERGENCY_VISIT),
        ("NU", "300", ServiceKind.LAB_TEST),
        ("NU", "0120", ServiceKind.HOSPITAL_STAY),
        ("HP", "1AA10", ServiceKind.HOSPITAL_STAY),
        ("ER", "99213", ServiceKind.SERVICE),
    ],
)
def test_a_code_tells_the_kind_of_service(qualifier: str, code: str, kind: ServiceKind) -> None:
    assert service_kind(qualifier=qualifier, code=code) is kind


def test_what_is_given_for_cancer_is_called_like_any_other_infusion() -> None:
    assert service_kind(qualifier="HC", code="96413") is service_kind(qualifier="HC", code="96365")


@pytest.mark.parametrize("kind", ServiceKind)
def test_every_kind_has_a_name_in_both_languages(kind: ServiceKind) -> None:
    name = SERVICE_NAMES[kind]
    assert name.en
    assert name.es
    assert name.en != name.es


def test_a_kind_of_a_newer_release_is_called_a_service() -> None:
    assert name_of("moon_walk", "en") == "service"
    assert name_of("moon_walk", "es") == "servicio"
    assert name_of("lab_test", "es") == "análisis de laboratorio"


@given(st.text(max_size=6), st.text(max_size=12))
def test_no_code_is_too_strange_for_a_kind(qualifier: str, code: str) -> None:
    assert service_kind(qualifier=qualifier, code=code) in ServiceKind

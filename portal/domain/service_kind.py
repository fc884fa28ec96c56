"""What kind of service a procedure code stands for, in our own words: never a diagnosis.

Code ranges are facts of the code systems (which numbers are laboratory tests). The wording of the
systems is not ours to use and is not here. Kinds that would tell a neighbour about an illness share
a wide name: what is given at a cancer clinic is an "infusion or injection", like any other.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ServiceKind(StrEnum):
    """Stable keys: they are frozen into statements."""

    OFFICE_VISIT = "office_visit"
    PREVENTIVE_VISIT = "preventive_visit"
    PHONE_OR_VIDEO_VISIT = "phone_or_video_visit"
    HOME_VISIT = "home_visit"
    HOSPITAL_VISIT = "hospital_visit"
    EMERGENCY_VISIT = "emergency_visit"
    NURSING_HOME_VISIT = "nursing_home_visit"
    CARE_PLANNING = "care_planning"
    LAB_TEST = "lab_test"
    BLOOD_DRAW = "blood_draw"
    IMAGING = "imaging"
    HEART_TEST = "heart_test"
    BREATHING_TEST = "breathing_test"
    OTHER_TEST = "other_test"
    VACCINE = "vaccine"
    MEDICINE = "medicine"
    INFUSION_OR_INJECTION = "infusion_or_injection"
    THERAPY = "therapy"
    MENTAL_HEALTH = "mental_health"
    NUTRITION = "nutrition"
    PROCEDURE = "procedure"
    ANESTHESIA = "anesthesia"
    TREATMENT = "treatment"
    EYE_CARE = "eye_care"
    HEARING_CARE = "hearing_care"
    DENTAL = "dental"
    SUPPLY = "supply"
    AMBULANCE = "ambulance"
    HOSPITAL_STAY = "hospital_stay"
    WHOLE_VISIT = "whole_visit"
    SERVICE = "service"
    PRIVATE = "private"  # of no code: what it was is not shown to whoever looks


@dataclass(frozen=True, slots=True)
class ServiceName:
    """What a statement calls the service, as it stands inside a sentence."""

    en: str
    es: str


SERVICE_NAMES: Mapping[ServiceKind, ServiceName] = {
    ServiceKind.OFFICE_VISIT: ServiceName("office visit", "consulta"),
    ServiceKind.PREVENTIVE_VISIT: ServiceName("checkup", "consulta preventiva"),
    ServiceKind.PHONE_OR_VIDEO_VISIT: ServiceName(
        "phone or video visit", "consulta por teléfono o video"
    ),
    ServiceKind.HOME_VISIT: ServiceName("home visit", "visita a domicilio"),
    ServiceKind.HOSPITAL_VISIT: ServiceName(
        "doctor visit in the hospital", "visita del médico en el hospital"
    ),
    ServiceKind.EMERGENCY_VISIT: ServiceName("emergency room visit", "visita a emergencias"),
    ServiceKind.NURSING_HOME_VISIT: ServiceName(
        "doctor visit in a nursing home", "visita del médico en un hogar de cuidados"
    ),
    ServiceKind.CARE_PLANNING: ServiceName("care planning", "planificación de su atención"),
    ServiceKind.LAB_TEST: ServiceName("lab test", "análisis de laboratorio"),
    ServiceKind.BLOOD_DRAW: ServiceName("drawing blood", "extracción de sangre"),
    ServiceKind.IMAGING: ServiceName("X-ray or scan", "radiografía u otra imagen"),
    ServiceKind.HEART_TEST: ServiceName("heart test", "prueba del corazón"),
    ServiceKind.BREATHING_TEST: ServiceName("breathing test", "prueba de respiración"),
    ServiceKind.OTHER_TEST: ServiceName("test", "prueba"),
    ServiceKind.VACCINE: ServiceName("vaccine", "vacuna"),
    ServiceKind.MEDICINE: ServiceName("medicine given here", "medicina que le dimos aquí"),
    ServiceKind.INFUSION_OR_INJECTION: ServiceName("infusion or injection", "infusión o inyección"),
    ServiceKind.THERAPY: ServiceName("therapy", "terapia"),
    ServiceKind.MENTAL_HEALTH: ServiceName("mental health visit", "consulta de salud mental"),
    ServiceKind.NUTRITION: ServiceName("nutrition visit", "consulta de nutrición"),
    ServiceKind.PROCEDURE: ServiceName("surgery or procedure", "cirugía o procedimiento"),
    ServiceKind.ANESTHESIA: ServiceName("anesthesia", "anestesia"),
    ServiceKind.TREATMENT: ServiceName("treatment", "tratamiento"),
    ServiceKind.EYE_CARE: ServiceName("eye care", "atención de los ojos"),
    ServiceKind.HEARING_CARE: ServiceName("hearing care", "atención del oído"),
    ServiceKind.DENTAL: ServiceName("dental care", "atención dental"),
    ServiceKind.SUPPLY: ServiceName("medical supplies", "material médico"),
    ServiceKind.AMBULANCE: ServiceName("ambulance", "ambulancia"),
    ServiceKind.HOSPITAL_STAY: ServiceName("hospital stay", "estadía en el hospital"),
    ServiceKind.WHOLE_VISIT: ServiceName("the visit as a whole", "la visita en conjunto"),
    ServiceKind.SERVICE: ServiceName("service", "servicio"),
    ServiceKind.PRIVATE: ServiceName("private visit", "visita privada"),
}


def service_kind(*, qualifier: str, code: str) -> ServiceKind:
    """The kind behind a procedure (X12 SVC01-1 and -2); SERVICE when we do not know."""
    code = code.strip().upper()
    match qualifier:
        case "HC" | "WK":
            return _kind_of_procedure(code)
        case "AD":
            return ServiceKind.DENTAL
        case "N4":
            return ServiceKind.MEDICINE
        case "NU":
            return _lookup(_REVENUE_STARTS, _REVENUE_KINDS, code.zfill(4))
        case "HP":
            return ServiceKind.HOSPITAL_STAY
        case _:
            return ServiceKind.SERVICE


def name_of(kind: str, language: str) -> str:
    """What a statement calls a kind; one of a newer release of ours is called a service."""
    known = kind in ServiceKind.__members__.values()
    name = SERVICE_NAMES[ServiceKind(kind) if known else ServiceKind.SERVICE]
    return name.es if language == "es" else name.en


_FIVE_DIGITS = re.compile(r"\d{5}")
_LETTER_AND_DIGITS = re.compile(r"[A-Z]\d{4}")
_ENDING_KINDS = {
    "A": ServiceKind.VACCINE,  # 0001A …: giving a COVID-19 vaccine
    "M": ServiceKind.LAB_TEST,
    "U": ServiceKind.LAB_TEST,
}


def _kind_of_procedure(code: str) -> ServiceKind:
    if _FIVE_DIGITS.fullmatch(code):
        return _lookup(_CPT_STARTS, _CPT_KINDS, code)
    if _LETTER_AND_DIGITS.fullmatch(code):
        return _lookup(_HCPCS_STARTS, _HCPCS_KINDS, code)
    if len(code) == len("0001U") and code[:4].isdecimal():
        return _ENDING_KINDS.get(code[4], ServiceKind.SERVICE)
    return ServiceKind.SERVICE


def _lookup(starts: Sequence[str], kinds: Sequence[ServiceKind], code: str) -> ServiceKind:
    position = bisect_right(starts, code) - 1
    return kinds[position] if position >= 0 else ServiceKind.SERVICE


# Each row says where a kind begins; it reaches to the next row.
_CPT: Sequence[tuple[str, ServiceKind]] = (
    ("00100", ServiceKind.ANESTHESIA),
    ("02000", ServiceKind.SERVICE),
    ("10004", ServiceKind.PROCEDURE),
    ("36400", ServiceKind.BLOOD_DRAW),
    ("36417", ServiceKind.PROCEDURE),
    ("70010", ServiceKind.IMAGING),
    ("77261", ServiceKind.TREATMENT),
    ("78012", ServiceKind.IMAGING),
    ("80047", ServiceKind.LAB_TEST),
    ("90281", ServiceKind.MEDICINE),
    ("90460", ServiceKind.VACCINE),
    ("90785", ServiceKind.MENTAL_HEALTH),
    ("90901", ServiceKind.THERAPY),
    ("90935", ServiceKind.TREATMENT),
    ("91010", ServiceKind.OTHER_TEST),
    ("91300", ServiceKind.VACCINE),
    ("92002", ServiceKind.EYE_CARE),
    ("92502", ServiceKind.OTHER_TEST),
    ("92507", ServiceKind.THERAPY),
    ("92511", ServiceKind.OTHER_TEST),
    ("92521", ServiceKind.THERAPY),
    ("92537", ServiceKind.HEARING_CARE),
    ("92597", ServiceKind.THERAPY),
    ("92620", ServiceKind.HEARING_CARE),
    ("92920", ServiceKind.PROCEDURE),
    ("93000", ServiceKind.HEART_TEST),
    ("93451", ServiceKind.PROCEDURE),
    ("93660", ServiceKind.HEART_TEST),
    ("93797", ServiceKind.THERAPY),
    ("93880", ServiceKind.IMAGING),
    ("94002", ServiceKind.BREATHING_TEST),
    ("95004", ServiceKind.OTHER_TEST),
    ("95115", ServiceKind.INFUSION_OR_INJECTION),
    ("95249", ServiceKind.OTHER_TEST),
    ("96156", ServiceKind.THERAPY),
    ("96360", ServiceKind.INFUSION_OR_INJECTION),
    ("96567", ServiceKind.TREATMENT),
    ("97010", ServiceKind.THERAPY),
    ("97597", ServiceKind.TREATMENT),
    ("97750", ServiceKind.THERAPY),
    ("97802", ServiceKind.NUTRITION),
    ("97810", ServiceKind.THERAPY),
    ("98000", ServiceKind.PHONE_OR_VIDEO_VISIT),
    ("98925", ServiceKind.THERAPY),
    ("98960", ServiceKind.CARE_PLANNING),
    ("98966", ServiceKind.PHONE_OR_VIDEO_VISIT),
    ("98975", ServiceKind.CARE_PLANNING),
    ("99000", ServiceKind.SERVICE),
    ("99100", ServiceKind.ANESTHESIA),
    ("99151", ServiceKind.ANESTHESIA),
    ("99170", ServiceKind.SERVICE),
    ("99202", ServiceKind.OFFICE_VISIT),
    ("99217", ServiceKind.HOSPITAL_VISIT),
    ("99241", ServiceKind.OFFICE_VISIT),
    ("99251", ServiceKind.HOSPITAL_VISIT),
    ("99281", ServiceKind.EMERGENCY_VISIT),
    ("99291", ServiceKind.HOSPITAL_VISIT),
    ("99304", ServiceKind.NURSING_HOME_VISIT),
    ("99319", ServiceKind.HOME_VISIT),
    ("99354", ServiceKind.OFFICE_VISIT),
    ("99366", ServiceKind.CARE_PLANNING),
    ("99381", ServiceKind.PREVENTIVE_VISIT),
    ("99415", ServiceKind.OFFICE_VISIT),
    ("99418", ServiceKind.HOSPITAL_VISIT),
    ("99421", ServiceKind.PHONE_OR_VIDEO_VISIT),
    ("99446", ServiceKind.CARE_PLANNING),
    ("99460", ServiceKind.HOSPITAL_VISIT),
    ("99483", ServiceKind.CARE_PLANNING),
    ("99500", ServiceKind.HOME_VISIT),
    ("99605", ServiceKind.CARE_PLANNING),
)
_HCPCS: Sequence[tuple[str, ServiceKind]] = (
    ("A0021", ServiceKind.AMBULANCE),
    ("A2001", ServiceKind.SUPPLY),
    ("A9500", ServiceKind.IMAGING),
    ("A9900", ServiceKind.SUPPLY),
    ("C1000", ServiceKind.SUPPLY),
    ("C5271", ServiceKind.PROCEDURE),
    ("C8900", ServiceKind.IMAGING),
    ("C8938", ServiceKind.SERVICE),
    ("D0100", ServiceKind.DENTAL),
    ("E0100", ServiceKind.SUPPLY),
    ("G0000", ServiceKind.SERVICE),
    ("G0008", ServiceKind.VACCINE),
    ("G0011", ServiceKind.SERVICE),
    ("G0101", ServiceKind.PREVENTIVE_VISIT),
    ("G0102", ServiceKind.SERVICE),
    ("G0103", ServiceKind.LAB_TEST),
    ("G0104", ServiceKind.PROCEDURE),
    ("G0106", ServiceKind.SERVICE),
    ("G0108", ServiceKind.CARE_PLANNING),
    ("G0110", ServiceKind.SERVICE),
    ("G0270", ServiceKind.NUTRITION),
    ("G0272", ServiceKind.SERVICE),
    ("G0283", ServiceKind.THERAPY),
    ("G0284", ServiceKind.SERVICE),
    ("G0380", ServiceKind.EMERGENCY_VISIT),
    ("G0385", ServiceKind.SERVICE),
    ("G0402", ServiceKind.PREVENTIVE_VISIT),
    ("G0403", ServiceKind.HEART_TEST),
    ("G0406", ServiceKind.PHONE_OR_VIDEO_VISIT),
    ("G0409", ServiceKind.SERVICE),
    ("G0438", ServiceKind.PREVENTIVE_VISIT),
    ("G0440", ServiceKind.SERVICE),
    ("G0463", ServiceKind.OFFICE_VISIT),
    ("G0464", ServiceKind.SERVICE),
    ("G0480", ServiceKind.LAB_TEST),
    ("G0484", ServiceKind.SERVICE),
    ("G2010", ServiceKind.PHONE_OR_VIDEO_VISIT),
    ("G2013", ServiceKind.SERVICE),
    ("H0001", ServiceKind.MENTAL_HEALTH),
    ("J0120", ServiceKind.MEDICINE),
    ("K0001", ServiceKind.SUPPLY),
    ("M0001", ServiceKind.SERVICE),
    ("P2028", ServiceKind.LAB_TEST),
    ("Q0035", ServiceKind.SERVICE),
    ("Q0138", ServiceKind.MEDICINE),
    ("Q0182", ServiceKind.SERVICE),
    ("Q0477", ServiceKind.SUPPLY),
    ("Q0510", ServiceKind.MEDICINE),
    ("Q2034", ServiceKind.VACCINE),
    ("Q2040", ServiceKind.MEDICINE),
    ("Q3001", ServiceKind.SERVICE),
    ("Q4001", ServiceKind.SUPPLY),
    ("Q4074", ServiceKind.MEDICINE),
    ("Q4100", ServiceKind.SUPPLY),
    ("Q5001", ServiceKind.SERVICE),
    ("Q5101", ServiceKind.MEDICINE),
    ("Q9950", ServiceKind.IMAGING),
    ("Q9970", ServiceKind.SERVICE),
    ("R0070", ServiceKind.IMAGING),
    ("S0000", ServiceKind.SERVICE),
    ("U0001", ServiceKind.LAB_TEST),
    ("U0006", ServiceKind.SERVICE),
    ("V2020", ServiceKind.EYE_CARE),
    ("V5008", ServiceKind.HEARING_CARE),
)
_REVENUE: Sequence[tuple[str, ServiceKind]] = (
    ("0100", ServiceKind.HOSPITAL_STAY),
    ("0220", ServiceKind.SERVICE),
    ("0250", ServiceKind.MEDICINE),
    ("0260", ServiceKind.INFUSION_OR_INJECTION),
    ("0270", ServiceKind.SUPPLY),
    ("0280", ServiceKind.TREATMENT),
    ("0290", ServiceKind.SUPPLY),
    ("0300", ServiceKind.LAB_TEST),
    ("0320", ServiceKind.IMAGING),
    ("0330", ServiceKind.TREATMENT),
    ("0340", ServiceKind.IMAGING),
    ("0360", ServiceKind.PROCEDURE),
    ("0370", ServiceKind.ANESTHESIA),
    ("0380", ServiceKind.SERVICE),
    ("0400", ServiceKind.IMAGING),
    ("0410", ServiceKind.BREATHING_TEST),
    ("0420", ServiceKind.THERAPY),
    ("0450", ServiceKind.EMERGENCY_VISIT),
    ("0460", ServiceKind.BREATHING_TEST),
    ("0470", ServiceKind.HEARING_CARE),
    ("0480", ServiceKind.HEART_TEST),
    ("0490", ServiceKind.PROCEDURE),
    ("0500", ServiceKind.SERVICE),
    ("0510", ServiceKind.OFFICE_VISIT),
    ("0530", ServiceKind.THERAPY),
    ("0540", ServiceKind.AMBULANCE),
    ("0550", ServiceKind.HOME_VISIT),
    ("0610", ServiceKind.IMAGING),
    ("0620", ServiceKind.SUPPLY),
    ("0630", ServiceKind.MEDICINE),
    ("0640", ServiceKind.INFUSION_OR_INJECTION),
    ("0650", ServiceKind.SERVICE),
    ("0710", ServiceKind.PROCEDURE),
    ("0730", ServiceKind.HEART_TEST),
    ("0740", ServiceKind.OTHER_TEST),
    ("0750", ServiceKind.PROCEDURE),
    ("0760", ServiceKind.TREATMENT),
    ("0770", ServiceKind.PREVENTIVE_VISIT),
    ("0771", ServiceKind.VACCINE),
    ("0780", ServiceKind.PHONE_OR_VIDEO_VISIT),
    ("0790", ServiceKind.PROCEDURE),
    ("0800", ServiceKind.TREATMENT),
    ("0900", ServiceKind.MENTAL_HEALTH),
    ("0920", ServiceKind.OTHER_TEST),
    ("0930", ServiceKind.SERVICE),
    ("0960", ServiceKind.HOSPITAL_VISIT),
    ("0990", ServiceKind.SERVICE),
)
_CPT_STARTS, _CPT_KINDS = tuple(zip(*_CPT, strict=True))
_HCPCS_STARTS, _HCPCS_KINDS = tuple(zip(*_HCPCS, strict=True))
_REVENUE_STARTS, _REVENUE_KINDS = tuple(zip(*_REVENUE, strict=True))

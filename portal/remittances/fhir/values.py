"""Single values of FHIR resources: amounts, days, codes, identifiers, names. Nothing is guessed.

A resource is cut down to the elements that are read before it is held against its R4B model: an
element that nobody reads is no reason to lose a payer's decision.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, Final

from portal.domain.money import AmountError, parse_amount
from portal.domain.remittance import US_DOLLARS, Person

NPI_SYSTEM: Final = "http://hl7.org/fhir/sid/us-npi"
_SOCIAL_SECURITY_SYSTEMS: Final = frozenset({"hl7.org/fhir/sid/us-ssn", "2.16.840.1.113883.4.1"})
_SCHEME: Final = re.compile(r"\A(https?://|urn:oid:)", re.ASCII)
_SOCIAL_SECURITY_TYPES: Final = frozenset({"SS", "SB"})
_MOST_DIGITS: Final = 18
_MOST_VALUES: Final = 100_000  # of one resource: 999 lines with 20 amounts each have fewer
_MOST_VALUES_OF_OTHERS: Final = 300  # of a person or plan, which every claim may point to
_MOST_BYTES: Final = 400  # of a text or number: no index takes in more, and nobody has more
_MOST_NAME: Final = 200  # of each part of a person's name: an index holds several
_ELEMENT: Final = re.compile(r"[A-Za-z]{1,64}|\d{1,6}", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_WIDTH: Final = 10

_ABSENT: Final = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}
_DATES: Final = frozenset({"created", "birthDate"})

_CLAIM: Final = (
    *("identifier", "status", "type", "use", "patient", "billablePeriod", "created", "insurer"),
    *("provider", "related", "careTeam", "insurance", "item", "total"),
)
_PERSON: Final = ("identifier", "name", "birthDate", "address")
READ: Mapping[str, frozenset[str]] = {
    "ExplanationOfBenefit": frozenset(
        {
            *_CLAIM,
            *("claim", "payee", "outcome", "supportingInfo", "accident", "addItem"),
            *("adjudication", "payment"),
        }
    ),
    "Claim": frozenset({*_CLAIM, "priority", "diagnosis"}),
    "Coverage": frozenset(
        {
            *("identifier", "status", "type", "policyHolder", "subscriber", "subscriberId"),
            *("beneficiary", "relationship", "period", "payor", "class", "order"),
        }
    ),
    "Patient": frozenset(_PERSON),
    "RelatedPerson": frozenset({*_PERSON, "patient", "relationship"}),
    "Organization": frozenset({"identifier", "name"}),
    "Practitioner": frozenset({"identifier", "name"}),
}
_CLAIMS: Final = frozenset({"ExplanationOfBenefit", "Claim"})
_NOT_READ: Final = frozenset({"extension", "modifierExtension", "text", "contained", "detail"})


class CurrencyError(ValueError):
    """An amount that is not in US dollars; its text is the currency."""


class ResourceError(ValueError):
    """A resource that is none of R4; its text is a sentence for people."""


def checked(kind: str, content: Mapping[str, Any]) -> Any:
    """The resource as its R4B model, cut down to what is read. Raises ResourceError."""
    # The models take a third of a second to load: only who reads FHIR waits for them.
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 — slow to load
    from pydantic import ValidationError  # noqa: PLC0415 — as above

    read = {name: value for name, value in content.items() if name in READ[kind]}
    if _count(read) > (_MOST_VALUES if kind in _CLAIMS else _MOST_VALUES_OF_OTHERS):
        raise ResourceError(f"It is larger than any {kind}: ask the sender.")
    kept = {name: _cut(value) for name, value in read.items()}
    for name in _DATES & kept.keys():
        if not _is_date(kept[name]):
            del kept[name]
    if kind in _CLAIMS and "created" not in kept:
        kept["_created"] = _ABSENT
    try:
        return get_fhir_model_class(kind).model_validate(kept)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(part for part in map(str, first["loc"]) if _ELEMENT.fullmatch(part))
        raise ResourceError(
            f"It is no {kind} of FHIR R4: see {where or 'its elements'}."
        ) from error
    except (RecursionError, ArithmeticError, AttributeError, TypeError, KeyError) as error:
        raise ResourceError(f"It is no {kind} of FHIR R4.") from error


def _cut(value: Any) -> Any:
    """Without extensions and what nobody reads; also of the JSON's primitive companions (_name)."""
    if isinstance(value, dict):
        return {
            name: _cut(inner)
            for name, inner in value.items()
            if name not in _NOT_READ and not name.startswith("_")
        }
    if isinstance(value, str):
        return within(value, _MOST_BYTES)
    return [_cut(one) for one in value] if isinstance(value, list) else value


def within(text: str, most_bytes: int) -> str:
    """Its beginning, of so many bytes of UTF-8 at most."""
    return text.encode(errors="replace")[:most_bytes].decode(errors="ignore")


def _count(value: object) -> int:
    """Objects and lists: what a model takes memory for."""
    if isinstance(value, dict):
        return 1 + sum(map(_count, value.values()))
    return 1 + sum(map(_count, value)) if isinstance(value, list) else 0


def _is_date(value: object) -> bool:
    text = value[:_DATE_WIDTH] if isinstance(value, str) else ""
    if _DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def cents(value: Decimal | None) -> int:
    """A decimal as whole cents. Raises AmountError, also for a fraction of a cent."""
    if value is None or not _is_plain(value):
        raise AmountError(str(value))
    return parse_amount(f"{value:f}")


def money(amount: Any) -> int:
    """A Money in cents. Raises AmountError, and CurrencyError for other than US dollars."""
    require_dollars(amount)
    return cents(amount.value)


def require_dollars(amount: Any) -> None:
    """No currency at all means dollars. Raises CurrencyError."""
    currency = amount.currency or US_DOLLARS
    if currency != US_DOLLARS:
        raise CurrencyError(currency)


def product(*factors: Decimal) -> Decimal:
    """Exact, whatever the number of digits. Raises AmountError for a factor beyond reason."""
    found = Decimal(1)
    with localcontext(prec=_MOST_DIGITS * 2 * (len(factors) + 1)):
        for one in factors:
            if not _is_plain(one):
                raise AmountError(str(one))
            found *= one
    return found


def _is_plain(value: Decimal) -> bool:
    if not value.is_finite():
        return False
    digits, exponent = value.as_tuple().digits, value.adjusted()
    return len(digits) <= _MOST_DIGITS * 2 and abs(exponent) <= _MOST_DIGITS


def day(value: Any) -> date | None:
    """The day as written, whatever the time of day and zone; a month or a year is none."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def period(value: Any) -> tuple[date | None, date | None]:
    """First and last day."""
    return (None, None) if value is None else (day(value.start), day(value.end))


def codings(concept: Any) -> Iterator[tuple[str, str]]:
    """System and code of each coding."""
    for coding in (concept.coding if concept is not None else None) or ():
        if coding.code:
            yield coding.system or "", coding.code


def codes(concept: Any) -> frozenset[str]:
    return frozenset(code for _, code in codings(concept))


def has_code(concept: Any, wanted: frozenset[str]) -> bool:
    return not wanted.isdisjoint(codes(concept))


def identifiers(found: Sequence[Any] | None) -> list[Any]:
    """Those with a value; a social security number is dropped before anybody looks at it."""
    return [
        one
        for one in found or ()
        if one.value
        and not _is_social_security(one.system or "")
        and not has_code(one.type, _SOCIAL_SECURITY_TYPES)
    ]


def _is_social_security(system: str) -> bool:
    """However the system is written: http or https, with a slash at the end, OID or URN."""
    plain = _SCHEME.sub("", system.strip().lower()).rstrip("/")
    return plain in _SOCIAL_SECURITY_SYSTEMS


def first_identifier(found: Sequence[Any] | None) -> str:
    """The value of the first of them that may be read; empty where there is none."""
    return next((str(one.value) for one in identifiers(found)), "")


def identifier_of(found: Sequence[Any] | None, *types: str) -> str:
    """The value of the first identifier of these types, the types in order of preference."""
    kept = identifiers(found)
    for wanted in types:
        for one in kept:
            if wanted in codes(one.type):
                return str(one.value)
    return ""


def npi_of(found: Sequence[Any] | None) -> str:
    kept = identifiers(found)
    by_system = next((str(one.value) for one in kept if one.system == NPI_SYSTEM), "")
    return by_system or identifier_of(found, "NPI", "npi")


def name_of(names: Sequence[Any] | None) -> Person:
    """The official name, else the usual one, else the first."""
    listed = list(names or ())
    if not listed:
        return Person()
    best = min(listed, key=lambda one: _USES.get(one.use or "", len(_USES)))
    given = [str(one) for one in best.given or () if one]
    if not best.family and best.text:
        return named(best.text)
    return _person(best.family or "", given[0] if given else "", " ".join(given[1:]))


def named(text: str) -> Person:
    """A person of whom only a text is known: ``Stark, Tony`` or ``Tony Stark``."""
    last, comma, first = text.partition(",")
    if not comma:
        first, _, last = text.rpartition(" ")
    return _person(last.strip(), first.strip())


def _person(last_name: str, first_name: str, middle_name: str = "") -> Person:
    return Person(
        last_name=within(last_name, _MOST_NAME),
        first_name=within(first_name, _MOST_NAME),
        middle_name=within(middle_name, _MOST_NAME),
    )


_USES: Mapping[str, int] = {"official": 0, "usual": 1}

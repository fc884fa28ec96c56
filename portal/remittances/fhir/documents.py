"""A FHIR file's bytes as resources: one resource, a Bundle, or NDJSON; bounded, exact, R4 only.

Numbers with a decimal point become Decimal, never float. What is not R4 is refused by its shape: a
file seldom says its version, but each version has elements that R4 does not know.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, Final, NoReturn

from portal.remittances.findings import UnreadableRemittanceError

MOST_BYTES: Final = 10 * 1024 * 1024  # as Python objects, thirty times as much
_MOST_VALUES: Final = 1_300_000  # names, elements and lists in one file: a dense real one of 10 MB
_MOST_LEVELS: Final = 64  # a real file has twenty; what follows may recurse
_MOST_RESOURCES: Final = 100_000
_KIND: Final = re.compile(r"[A-Z][A-Za-z]{0,63}", re.ASCII)
_BUNDLES: Final = frozenset({"collection", "searchset", "transaction", "batch", "history"})
_ESCAPE: Final = "\\u"
_ID_WIDTH: Final = 64  # FHIR: as long as an id may be
_WHITESPACE: Final = b" \t\r\n"

_TELLTALES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "ExplanationOfBenefit": {
        "STU3": frozenset(
            {"information", "organization", "totalCost", "totalBenefit", "unallocDeductable"}
        ),
        "DSTU2": frozenset({"claimReference", "organizationReference", "requestReference"}),
        "R5": frozenset({"traceNumber", "diagnosisRelatedGroup", "event"}),
    },
    "Claim": {
        "STU3": frozenset({"information", "organization", "employmentImpacted"}),
        "DSTU2": frozenset({"ruleset", "originalRuleset", "target", "additionalMaterials"}),
        "R5": frozenset({"traceNumber", "diagnosisRelatedGroup", "event"}),
    },
    "Coverage": {
        "STU3": frozenset({"grouping", "sequence"}),
        "DSTU2": frozenset({"issuer", "bin", "plan", "subPlan", "dependent"}),
        "R5": frozenset({"kind", "paymentBy", "insurer"}),
    },
    "Patient": {"DSTU2": frozenset({"careProvider"})},
}
_ITEM_TELLTALES: Mapping[str, frozenset[str]] = {
    "STU3": frozenset({"service", "careTeamLinkId", "diagnosisLinkId", "informationLinkId"}),
    "R5": frozenset({"reviewOutcome", "productOrServiceEnd"}),
}
_PROFILE_VERSIONS: Mapping[str, str] = {"/STU3/": "STU3", "/DSTU2/": "DSTU2", "/5.0/": "R5"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource as it came, before it is held against the R4 model."""

    kind: str  # resourceType
    content: Mapping[str, Any]
    where: str  # for findings: which of the file it is
    full_url: str = ""  # Bundle.entry.fullUrl

    @property
    def name(self) -> str:
        """What tells it apart in its file; empty where nothing can refer to it."""
        return self.full_url or (f"{self.kind}/{self.resource_id}" if self.resource_id else "")

    @property
    def resource_id(self) -> str:
        found = self.content.get("id")
        return found[:_ID_WIDTH] if isinstance(found, str) else ""


def is_json(stream: BinaryIO) -> bool:
    """Whether the bytes begin as JSON does, and X12 never; the stream is where it was."""
    if not stream.seekable():
        return False  # a pipe: nothing is taken from it that could not be put back
    at = stream.tell()
    beginning = stream.read(4096).removeprefix(codecs.BOM_UTF8).lstrip(_WHITESPACE)
    stream.seek(at)
    return beginning[:1] in {b"{", b"["}


def read_resources(stream: BinaryIO) -> list[Resource]:
    """Every resource of the file, those of Bundles too, in file order.

    Raises UnreadableRemittanceError for what is too large, no JSON, no FHIR, or not R4.
    """
    text = _text(stream)
    try:
        resources = [one for where, found in _documents(text) for one in _opened(found, where)]
    except RecursionError as error:
        raise _too_deep() from error
    if len(resources) > _MOST_RESOURCES:
        raise UnreadableRemittanceError("The file holds too many resources: send it in parts.")
    if not resources:
        raise UnreadableRemittanceError("This is JSON, but there is no FHIR resource in it.")
    for one in resources:
        _refuse_other_version(one)
    return resources


def _text(stream: BinaryIO) -> str:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableRemittanceError("A FHIR file may hold 10 MB at most: send it in parts.")
    if sum(map(data.count, _MARKS)) > _MOST_VALUES:
        raise UnreadableRemittanceError("The file holds too many values: send it in parts.")
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise UnreadableRemittanceError("The file is not UTF-8, as JSON has to be.") from error


_MARKS: Final = (b",", b":", b"{", b"[")  # each value has one of them


def _documents(text: str) -> Iterator[tuple[str, object]]:
    """The file as one JSON value, or line by line (NDJSON)."""
    try:
        yield "", _parsed(text)
    except json.JSONDecodeError as error:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) < 2 or error.msg != "Extra data":  # noqa: PLR2004 — one line is no NDJSON
            raise _not_json(error.lineno) from error
        for number, line in lines:
            try:
                yield f"line {number}", _parsed(line)
            except json.JSONDecodeError as broken:
                raise _not_json(number) from broken


def _not_json(line: int) -> UnreadableRemittanceError:
    return UnreadableRemittanceError(f"The file is broken off or not JSON (line {line}).")


def _parsed(text: str) -> object:
    try:
        found = json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object
        )
    except (json.JSONDecodeError, UnreadableRemittanceError):
        raise
    except (ValueError, ArithmeticError) as error:  # thousands of digits, or no number at all
        raise UnreadableRemittanceError("The file holds a number that no amount can be.") from error
    _refuse_depth(found)
    return _printable(found) if _ESCAPE in text else found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableRemittanceError(
            "An element stands twice in one object, and nobody can tell which counts: ask the "
            "sender."
        )
    return found


def _refuse_depth(value: object) -> None:
    """Level by level: nothing may recurse into what has not been measured."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_MOST_LEVELS):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise _too_deep()


def _too_deep() -> UnreadableRemittanceError:
    return UnreadableRemittanceError("The JSON is nested too deep for FHIR.")


def _printable(value: object) -> object:
    """Without what JSON can escape and no text can hold: NUL, and half a character."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_printable(name): _printable(inner) for name, inner in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list) else value


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _opened(found: object, where: str, full_url: str = "") -> Iterator[Resource]:
    """A resource, or those that a Bundle holds."""
    kind = found.get("resourceType") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise UnreadableRemittanceError("This is JSON, but not a FHIR resource.")
    if kind != "Bundle":
        yield Resource(kind, found, f"{where or 'the file'}, {kind}", full_url)
        return
    if str(found.get("type")) not in _BUNDLES:
        raise UnreadableRemittanceError(
            "A Bundle of this type holds no claims: send a collection, searchset or transaction."
        )
    entries = found.get("entry") or []
    if not isinstance(entries, list):
        raise UnreadableRemittanceError("The entries of the Bundle are not a list.")
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict) and entry.get("resource") is not None:
            url = entry.get("fullUrl")
            at = f"{where + ', ' if where else ''}entry {number}"
            yield from _opened(entry["resource"], at, url if isinstance(url, str) else "")


def _refuse_other_version(one: Resource) -> None:
    """By an element that only another version has."""
    for version, names in _TELLTALES.get(one.kind, {}).items():
        if found := sorted(names & one.content.keys()):
            raise _other_version(version, one.kind, found[0])
    if one.kind in {"ExplanationOfBenefit", "Claim"}:
        _refuse_other_claim(one)


def _refuse_other_claim(one: Resource) -> None:
    if isinstance(one.content.get("insurance"), dict):
        raise _other_version("STU3", one.kind, "insurance")
    for version, names in _ITEM_TELLTALES.items():
        for item in _objects(one.content.get("item")):
            if found := sorted(names & item.keys()):
                raise _other_version(version, one.kind, f"item.{found[0]}")
    for mark, version in _PROFILE_VERSIONS.items():
        if any(mark in profile for profile in _profiles(one)):
            raise _other_version(version, one.kind, "meta.profile")


def _profiles(one: Resource) -> Iterator[str]:
    meta = one.content.get("meta")
    listed = meta.get("profile") if isinstance(meta, dict) else None
    yield from (str(profile) for profile in (listed if isinstance(listed, list) else ()))


def _other_version(version: str, kind: str, element: str) -> UnreadableRemittanceError:
    return UnreadableRemittanceError(
        f"This is FHIR {version} (its {kind} has {element}), and only R4 is read: ask the sender "
        "for R4."
    )


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))

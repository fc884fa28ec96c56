"""What a FHIR reference points to, within its file: contained, by full URL, or by type and id.

What is not in the file is never fetched: whoever asks is told, and leaves it out with a finding.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.domain.remittance import Finding
from portal.remittances.fhir.documents import Resource
from portal.remittances.fhir.values import READ, ResourceError, checked, first_identifier
from portal.remittances.findings import FindingCode

_READ_ONCE: Final = frozenset({"ExplanationOfBenefit", "Claim"})
_PARTS: Final = 2  # of a relative reference: Patient/1
_MOST_KEPT: Final = 200  # models of people and plans: all of a large file would fill the memory
_MOST_FINDINGS: Final = 50  # of one code, on one resource
_TYPE_AND_ID: Final = re.compile(r"[A-Z][A-Za-z]{0,63}/[A-Za-z0-9.-]{1,64}", re.ASCII)
_LIKE_SOCIAL_SECURITY: Final = re.compile(r"(?<!\d)\d{3}-?\d\d-?\d{4}(?!\d)", re.ASCII)


@dataclass(slots=True)
class Library:
    """Every resource of one file, by everything it may be called."""

    _by_name: dict[str, Resource] = field(default_factory=dict)
    _models: OrderedDict[int, tuple[Any, str]] = field(default_factory=OrderedDict)
    _numbers: dict[int, tuple[str, str]] = field(default_factory=dict)
    # Both by the content's identity, with the reason where it could not be read.

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> "Library":
        library = cls()
        for one in resources:
            relative = f"{one.kind}/{one.resource_id}" if one.resource_id else ""
            for name in (one.full_url, relative):
                if name:
                    library._by_name.setdefault(name, one)
        return library

    def named(self, reference: str) -> Resource | None:
        """By full URL or ``Type/id``; a version (``/_history/1``) makes no difference."""
        name = reference.partition("/_history/")[0]
        relative = "/".join(name.split("/")[-_PARTS:])
        return self._by_name.get(name) or self._by_name.get(relative)

    def name_of(self, reference: str) -> str:
        """What the resource is told apart by; the reference itself when it is not in the file."""
        found = self.named(reference)
        return found.name if found is not None else reference

    def model(self, resource: Resource) -> Any:
        """Its R4B model. Raises ResourceError. Kept for a while where many may refer to it."""
        if resource.kind in _READ_ONCE:
            return checked(resource.kind, resource.content)
        key = id(resource.content)
        if key not in self._models:
            self._models[key] = _outcome(resource)
            if len(self._models) > _MOST_KEPT:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return _readable(*self._models[key])

    def claim_number(self, claim: Resource) -> str:
        """CLM01 of a Claim: its first identifier. Raises ResourceError. Read once, and kept."""
        key = id(claim.content)
        if key not in self._numbers:
            found, reason = _outcome(claim)
            self._numbers[key] = ("" if reason else first_identifier(found.identifier), reason)
        return str(_readable(*self._numbers[key]))


def _outcome(resource: Resource) -> tuple[Any, str]:
    """The model, or the reason why there is none: what is broken is not tried again either."""
    try:
        return checked(resource.kind, resource.content), ""
    except ResourceError as error:
        return None, str(error)


def _readable(found: Any, reason: str) -> Any:
    if reason:
        raise ResourceError(reason)
    return found


@dataclass(slots=True)
class Reader:
    """Follows the references of one resource, and notes what leads nowhere."""

    library: Library
    resource: Resource
    findings: list[Finding] = field(default_factory=list)
    _counted: Counter[FindingCode] = field(default_factory=Counter)
    _missing: set[str] = field(default_factory=set)
    _contents: dict[str, Resource] | None = None  # contained, by id

    def follow(self, reference: Any, *kinds: str) -> tuple[str, Any]:
        """The kind and the model of what is meant; two empty values when it is not in the file."""
        return self._followed(reference, kinds, self.library.model)

    def claim_number(self, reference: Any) -> str:
        """The sender's number of the Claim that is meant, be it the id; empty when there is none.

        The id of a contained Claim means nothing outside: it is no number.
        """

        def number(claim: Resource) -> str:
            outside = "" if reference.reference.startswith("#") else claim.resource_id
            return self.library.claim_number(claim) or outside

        return self._followed(reference, ("Claim",), number)[1] or ""

    def note(self, code: FindingCode, message: str) -> None:
        """A finding on the resource; of the same code, so many and no more."""
        self._counted[code] += 1
        if self._counted[code] > _MOST_FINDINGS:
            return
        if self._counted[code] == _MOST_FINDINGS:
            message = "There is more of this kind, which is not listed."
        self.findings.append(Finding(code, self.resource.where, message))

    def _followed(
        self, reference: Any, kinds: tuple[str, ...], read: Callable[[Resource], Any]
    ) -> tuple[str, Any]:
        text = reference.reference if reference is not None else None
        if not text:
            return "", None
        found = self._contained(text[1:]) if text.startswith("#") else self.library.named(text)
        if found is None:
            self._note(f"{_called(text)} is not in the file.")
            return "", None
        if found.kind not in kinds or found.kind not in READ:
            return "", None
        try:
            return found.kind, read(found)
        except ResourceError as error:
            self._note(f"{_called(text)} cannot be read. {error}")
            return "", None

    def _note(self, message: str) -> None:
        if message not in self._missing:
            self._missing.add(message)
            self.note(FindingCode.REFERENCE_MISSING, message)

    def _contained(self, name: str) -> Resource | None:
        if self._contents is None:
            self._contents = {}
            listed = self.resource.content.get("contained")
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, Mapping) and isinstance(one.get("id"), str):
                    kind = str(one.get("resourceType"))
                    where = f"{self.resource.where}, contained"
                    self._contents.setdefault(one["id"], Resource(kind, one, where))
        return self._contents.get(name)


def _called(reference: str) -> str:
    """How people are told of it: a search, or what else it may be, can hold a person's number."""
    name = "/".join(reference.partition("/_history/")[0].split("/")[-_PARTS:])
    is_plain = _TYPE_AND_ID.fullmatch(name) and not _LIKE_SOCIAL_SECURITY.search(name)
    return name if is_plain else "What a reference names"

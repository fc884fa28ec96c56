"""What a FHIR reference points to, within its file: contained, by full URL, or by type and id.

What is not in the file is never fetched: whoever asks is told, and leaves it out with a finding.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.remittance import Finding
from portal.remittances.fhir.documents import Resource
from portal.remittances.fhir.values import READ, ResourceError, checked
from portal.remittances.findings import FindingCode

_READ_ONCE = frozenset({"ExplanationOfBenefit", "Claim"})
_PARTS = 2  # of a relative reference: Patient/1


@dataclass(slots=True)
class Library:
    """Every resource of one file, by everything it may be called."""

    _by_name: dict[str, Resource] = field(default_factory=dict)
    _models: dict[int, Any] = field(default_factory=dict)  # by identity: read once

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
        """Its R4B model. Raises ResourceError. Kept where many claims may refer to it."""
        if resource.kind in _READ_ONCE:
            return checked(resource.kind, resource.content)
        key = id(resource.content)
        if key not in self._models:
            self._models[key] = checked(resource.kind, resource.content)
        return self._models[key]


@dataclass(slots=True)
class Reader:
    """Follows the references of one resource, and notes what leads nowhere."""

    library: Library
    resource: Resource
    findings: list[Finding] = field(default_factory=list)

    def follow(self, reference: Any, *kinds: str) -> tuple[str, Any]:
        """The kind and the model of what is meant; two empty values when it is not in the file."""
        text = reference.reference if reference is not None else None
        if not text:
            return "", None
        found = self._contained(text[1:]) if text.startswith("#") else self.library.named(text)
        if found is None:
            self._note(f"{text} is not in the file.")
            return "", None
        if found.kind not in kinds or found.kind not in READ:
            return "", None
        try:
            return found.kind, self.library.model(found)
        except ResourceError as error:
            self._note(f"{text} cannot be read. {error}")
            return "", None

    def note(self, code: FindingCode, message: str) -> None:
        self.findings.append(Finding(code, self.resource.where, message))

    def _note(self, message: str) -> None:
        if all(found.message != message for found in self.findings):
            self.note(FindingCode.REFERENCE_MISSING, message)

    def _contained(self, name: str) -> Resource | None:
        listed = self.resource.content.get("contained")
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, Mapping) and one.get("id") == name:
                kind = one.get("resourceType")
                return Resource(str(kind), one, f"{self.resource.where}, contained {kind}")
        return None

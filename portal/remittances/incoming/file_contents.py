"""What a file would bring, before anything of it is imported: text only, and of a kind we know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from portal.domain.remittance import Finding
from portal.domain.sent_claim import SentClaim, SentTrailer
from portal.remittances.check import check_stream
from portal.remittances.fhir.documents import is_json
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.sent.claims import kind_of
from portal.remittances.x12 import x837

_HEAD_BYTES: Final = 512
_BLOCK_BYTES: Final = 256 * 1024
_MOST_FINDINGS: Final = 50  # somebody reads them on a page
_REMITTANCES: Final = "835"
_SENT_CLAIMS: Final = "837"
_FHIR: Final = "fhir"
_FOREIGN: Final[Mapping[bytes, str]] = {
    b"PK\x03\x04": "This is a ZIP archive or an Office document",
    b"PK\x05\x06": "This is a ZIP archive",
    b"\x1f\x8b": "This is a gzip archive",
    b"BZh": "This is a bzip2 archive",
    b"\xfd7zXZ\x00": "This is an xz archive",
    b"7z\xbc\xaf\x27\x1c": "This is a 7-Zip archive",
    b"Rar!": "This is a RAR archive",
    b"%PDF": "This is a PDF document",
    b"\xd0\xcf\x11\xe0": "This is an old Office document",
    b"{\\rtf": "This is a formatted document (RTF)",
    b"\x89PNG": "This is a picture",
    b"\xff\xd8\xff": "This is a picture",
    b"\xff\xfe": "This is UTF-16 text",
    b"\xfe\xff": "This is UTF-16 text",
}


@dataclass(frozen=True, slots=True)
class FileContents:
    """What a look into a file found. ``figures`` are those of its kind."""

    kind: str  # 835, 837, fhir
    figures: Mapping[str, int]
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is kept with an upload."""
        return {
            "kind": self.kind,
            "figures": dict(self.figures),
            "finding_count": self.finding_count,
            "findings": [
                {"where": found.where, "message": found.message} for found in self.findings
            ],
        }


def look_into(stream: BinaryIO) -> FileContents:
    """Read the whole file as an import would. Raises UnreadableRemittanceError."""
    head = stream.read(_HEAD_BYTES)
    refuse_foreign(head)
    for block in iter(lambda: stream.read(_BLOCK_BYTES), b""):
        _refuse_binary(block.rstrip(b"\0"))  # old systems pad the last block
    stream.seek(0)
    if is_json(stream):
        return _of_decisions(_FHIR, stream)
    kind = kind_of(stream)
    stream.seek(0)
    if kind == _SENT_CLAIMS:
        return _of_sent_claims(stream)
    return _of_decisions(_REMITTANCES, stream)


def refuse_foreign(head: bytes) -> None:
    """Archives, documents and pictures by how they begin. Raises UnreadableRemittanceError."""
    for signature, what in _FOREIGN.items():
        if head.startswith(signature):
            raise UnreadableRemittanceError(
                f"{what}. Send the file as plain text, just as the payer or clearinghouse gave it."
            )
    _refuse_binary(head.strip(b"\0"))


def _refuse_binary(block: bytes) -> None:
    if b"\0" in block:
        raise UnreadableRemittanceError("The file holds binary data. Send it as plain text.")


def _of_decisions(kind: str, stream: BinaryIO) -> FileContents:
    checked = check_stream(stream, file="")
    return FileContents(
        kind,
        {
            "claims": checked.claims,
            "service_lines": checked.service_lines,
            "charge_cents": checked.charge_cents,
            "paid_cents": checked.paid_cents,
            "pr_cents": checked.pr_cents,
            "unbalanced_claims": checked.unbalanced_claims,
        },
        checked.findings[:_MOST_FINDINGS],
        len(checked.findings),
    )


def _of_sent_claims(stream: BinaryIO) -> FileContents:
    claims = charge_cents = finding_count = 0
    kept: list[Finding] = []
    for claim, findings in _sent_parts(stream):
        if claim is not None:
            claims += 1
            charge_cents += claim.charge_cents
        finding_count += len(findings)
        kept += findings[: _MOST_FINDINGS - len(kept)]
    figures = {"claims": claims, "charge_cents": charge_cents}
    return FileContents(_SENT_CLAIMS, figures, tuple(kept), finding_count)


def _sent_parts(stream: BinaryIO) -> Iterator[tuple[SentClaim | None, tuple[Finding, ...]]]:
    for part in x837.read(stream):
        match part:
            case SentClaim():
                yield part, part.findings
            case SentTrailer():
                yield None, part.findings
            case Finding():
                yield None, (part,)
            case _:
                pass

"""`era check`: what a remittance file adds up to and what is odd about it. Needs no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portal.domain.remittance import Finding, RemittanceHeader, RemittanceTrailer
from portal.remittances.fhir.documents import is_json
from portal.remittances.findings import UNBALANCED, FindingCode, UnreadableRemittanceError
from portal.remittances.x12 import x835
from portal.remittances.x12.x835 import ScannedPart
from portal.remittances.x12.x835_scan import ScannedClaim

_MOST_FINDINGS = 10_000  # of one file: nobody reads on, and memory has to stay flat


@dataclass(frozen=True, slots=True)
class FileCheck:
    """The figures of one file, over all its transactions."""

    file: str  # as it was given
    claims: int
    service_lines: int
    charge_cents: int  # sum of CLP03
    paid_cents: int  # sum of CLP04
    pr_cents: int  # sum of the adjustments of group PR, claim and lines
    unbalanced_claims: int
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """As ``era check --json`` prints it."""
        return {
            "file": self.file,
            "claims": self.claims,
            "service_lines": self.service_lines,
            "charge_cents": self.charge_cents,
            "paid_cents": self.paid_cents,
            "pr_cents": self.pr_cents,
            "unbalanced_claims": self.unbalanced_claims,
            "findings": [
                {"code": str(found.code), "where": found.where, "message": found.message}
                for found in self.findings
            ],
        }


def check_file(path: Path | str) -> FileCheck:
    """Read one file to its end. Raises UnreadableRemittanceError, also when it cannot be opened."""
    try:
        with Path(path).open("rb") as stream:
            return check_stream(stream, file=str(path))
    except FileNotFoundError as error:
        raise UnreadableRemittanceError("There is no such file.") from error
    except IsADirectoryError as error:
        raise UnreadableRemittanceError("This is a folder, not a file.") from error
    except OSError as error:
        reason = error.strerror or "the system gives no reason"
        raise UnreadableRemittanceError(f"The file cannot be read: {reason}.") from error


def check_stream(stream: BinaryIO, *, file: str) -> FileCheck:
    """The same for a file that is open. Raises UnreadableRemittanceError."""
    if is_json(stream):
        # FHIR's models take a while to load, and its check is made of this one's figures.
        from portal.remittances.fhir.check import check_fhir  # noqa: PLC0415 — slow to load

        return check_fhir(stream, file=file)
    return _check(x835.scan(stream), file=file)


def _check(parts: Iterable[ScannedPart], *, file: str) -> FileCheck:
    claims = service_lines = charge_cents = paid_cents = pr_cents = unbalanced_claims = 0
    findings = _FindingList()
    for part in parts:
        match part:
            case ScannedClaim():
                claims += 1
                service_lines += part.line_count
                charge_cents += part.charge_cents
                paid_cents += part.paid_cents
                pr_cents += part.responsibility_cents
                if part.findings:
                    unbalanced_claims += any(found.code in UNBALANCED for found in part.findings)
                    findings.add(part.findings)
            case RemittanceTrailer():
                findings.add(part.findings)
            case Finding():
                findings.add((part,))
            case RemittanceHeader():
                pass
    return FileCheck(
        file=file,
        claims=claims,
        service_lines=service_lines,
        charge_cents=charge_cents,
        paid_cents=paid_cents,
        pr_cents=pr_cents,
        unbalanced_claims=unbalanced_claims,
        findings=findings.closed(),
    )


class _FindingList:
    """As many findings as a person may read, and the number of the others."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._count = 0

    def add(self, findings: tuple[Finding, ...]) -> None:
        self._count += len(findings)
        self._kept += findings[: _MOST_FINDINGS - len(self._kept)]

    def closed(self) -> tuple[Finding, ...]:
        if left_out := self._count - len(self._kept):
            message = f"{left_out:,} further findings were left out of this list."
            where = "end of the file"
            self._kept.append(Finding(FindingCode.MORE_FINDINGS, where, message))
        return tuple(self._kept)

"""The envelopes of an X12 file: what is open, whether its numbers hold, and whether it is whole."""

import re
from dataclasses import dataclass

from portal.domain.remittance import Finding
from portal.remittances.findings import FindingCode, UnreadableRemittanceError

_MOST_SHOWN = 38  # characters, as X12 limits a claim number
_CLAIM_ACKNOWLEDGMENT = "X214"  # in ST03 or GS08: a 277 of its own kind
_TRANSACTION_NAMES = {
    "269": "benefit coordination",
    "270": "eligibility questions",
    "271": "eligibility answers",
    "276": "claim status questions",
    "277": "claim status answers",
    "277CA": "claim acknowledgments",
    "278": "authorizations",
    "820": "premium payments",
    "834": "enrollments",
    "835": "remittances",
    "837": "claims",
    "997": "acknowledgments",
    "999": "acknowledgments",
    "TA1": "acknowledgments",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for in a file, and how it calls it."""

    kind: str  # ST01
    name: str
    versions: tuple[str, ...]  # what GS08 may begin with
    version_names: str


REMITTANCES = Wanted(
    "835",
    "835 remittance",
    ("005010X221", "004010X091"),
    "neither 005010X221A1 nor 004010X091A1",
)
CLAIMS = Wanted(
    "837",
    "837 claim file",
    ("005010X222", "005010X223", "005010X224", "004010X096", "004010X097", "004010X098"),
    "none of 005010X222A1, X223A2 and X224A2 and their forerunners in 004010",
)


@dataclass(slots=True)
class _Level:
    """One envelope: ISA, GS or ST."""

    tag: str
    control: str
    segment_number: int
    content_count: int = 0


class Envelope:
    """ISA to IEA, GS to GE, ST to SE, as they open and close.

    An envelope that is not closed means that text is lost: UnreadableRemittanceError, since what
    is left may look complete. Anything else that does not hold is a finding.
    """

    def __init__(self, wanted: Wanted = REMITTANCES) -> None:
        self._wanted = wanted
        self.interchange_control = ""
        self.group_control = ""
        self.transaction_control = ""
        self.version = ""
        self._interchange: _Level | None = None
        self._group: _Level | None = None
        self._transaction: _Level | None = None
        self._has_wanted = False
        self._other = ""
        self._findings: list[Finding] = []

    def take_findings(self) -> list[Finding]:
        """What has not held since the last call."""
        findings, self._findings = self._findings, []
        return findings

    def open_interchange(self, parts: list[str], *, number: int) -> None:
        """ISA."""
        self._refuse_if_open()
        self.interchange_control = element(parts, 13)
        self.group_control = self.version = ""
        self._interchange = _Level("ISA", self.interchange_control, number)

    def open_group(self, parts: list[str], *, number: int) -> None:
        """GS."""
        self._refuse_if_open(self._transaction, self._group)
        self.group_control = element(parts, 6)
        self.version = element(parts, 8)
        self._group = _Level("GS", self.group_control, number)
        if self._interchange:
            self._interchange.content_count += 1
        if not self.version.startswith(self._wanted.versions):
            self._note(
                FindingCode.UNKNOWN_VERSION,
                f"GS, segment {number}",
                f"The group says it follows {self._wanted.version_names} (GS08); it was read as if "
                "it did.",
            )

    def open_transaction(self, parts: list[str], *, number: int) -> bool:
        """ST; tells whether it is what the reader looks for."""
        self._refuse_if_open(self._transaction)
        kind = element(parts, 1)
        self.transaction_control = element(parts, 2)
        self._transaction = _Level("ST", self.transaction_control, number)
        if self._group:
            self._group.content_count += 1
        if kind == self._wanted.kind:
            self._has_wanted = True
            return True
        if kind == "277" and _CLAIM_ACKNOWLEDGMENT in (element(parts, 3) or self.version):
            kind = "277CA"
        self.note_other(kind)
        self._note(
            FindingCode.OTHER_TRANSACTION,
            f"ST {shown(self.transaction_control)}, segment {number}",
            f"The file also holds {_described(kind)}, which was left out.",
        )
        return False

    def note_other(self, kind: str) -> None:
        """Remember what the file holds in place of what the reader looks for."""
        self._other = self._other or kind

    def close_transaction(self, parts: list[str], *, number: int) -> list[Finding]:
        """SE; what does not hold is returned, as it belongs to the transaction."""
        level, self._transaction = self._transaction, None
        if level is None:
            self._note_not_open("SE", "ST", number)
            return []
        where = f"SE {shown(level.control)}, segment {number}"
        findings = _differing_control(level, element(parts, 2), where)
        count = number - level.segment_number + 1
        if not _is_count(element(parts, 1), count):
            findings.append(
                Finding(
                    FindingCode.SEGMENT_COUNT_DIFFERS,
                    where,
                    f"The transaction has {count} segments, but its end (SE01) says otherwise: "
                    "some may be missing.",
                )
            )
        return findings

    def close_group(self, parts: list[str], *, number: int) -> None:
        """GE."""
        self._refuse_if_open(self._transaction)
        level, self._group = self._group, None
        self._close(level, parts, number=number, tags=("GE", "GS"), content="transactions")

    def close_interchange(self, parts: list[str], *, number: int) -> None:
        """IEA."""
        self._refuse_if_open(self._transaction, self._group)
        level, self._interchange = self._interchange, None
        self._close(level, parts, number=number, tags=("IEA", "ISA"), content="groups")

    def close_file(self) -> None:
        """The end of the file: all has to be closed, and what was looked for has to be there."""
        if not self._has_wanted:
            if self._other:
                raise UnreadableRemittanceError(
                    f"This is not an {self._wanted.name}: it holds {_described(self._other)}."
                )
            raise UnreadableRemittanceError(
                f"The file holds no {self._wanted.name} (no ST*{self._wanted.kind})."
            )
        self._refuse_if_open()

    def _close(
        self,
        level: _Level | None,
        parts: list[str],
        *,
        number: int,
        tags: tuple[str, str],
        content: str,
    ) -> None:
        closing, opening = tags
        if level is None:
            self._note_not_open(closing, opening, number)
            return
        where = f"{closing} {shown(level.control)}, segment {number}"
        self._findings.extend(_differing_control(level, element(parts, 2), where))
        if not _is_count(element(parts, 1), level.content_count):
            self._note(
                FindingCode.CONTROL_COUNT_DIFFERS,
                where,
                f"{level.content_count} {content} were found, but {closing}01 says otherwise: "
                "some may be missing.",
            )

    def _refuse_if_open(self, *levels: _Level | None) -> None:
        """Refuse the file if one of these, or of all three, is open."""
        for level in levels or (self._transaction, self._group, self._interchange):
            if level is not None:
                closing = {"ST": "SE", "GS": "GE", "ISA": "IEA"}[level.tag]
                raise UnreadableRemittanceError(
                    f"The file is cut off or damaged: what begins with {level.tag} in segment "
                    f"{level.segment_number} has no end ({closing})."
                )

    def _note_not_open(self, closing: str, opening: str, number: int) -> None:
        self._note(
            FindingCode.ENVELOPE_MISSING,
            f"{closing}, segment {number}",
            f"{closing} closes what no {opening} opened.",
        )

    def _note(self, code: FindingCode, where: str, message: str) -> None:
        self._findings.append(Finding(code, where, message))


def element(parts: list[str], index: int) -> str:
    """An element, or an empty text when the segment is shorter."""
    return parts[index] if index < len(parts) else ""


def shown(text: str) -> str:
    """A number of the sender's own as it may stand in a message: short and printable."""
    short = text[:_MOST_SHOWN]
    return short if short.isprintable() else "".join(filter(str.isprintable, short))


def _differing_control(level: _Level, control: str, where: str) -> list[Finding]:
    if control == level.control:
        return []
    message = f"The control number differs from the one in {level.tag}: segments may be missing."
    return [Finding(FindingCode.CONTROL_NUMBER_DIFFERS, where, message)]


def _is_count(text: str, count: int) -> bool:
    return text.isdecimal() and text.isascii() and text.lstrip("0") == str(count).lstrip("0")


def _described(kind: str) -> str:
    name = _TRANSACTION_NAMES.get(kind)
    if name:
        return f"{name} ({kind})"
    return f"a transaction {kind}" if re.fullmatch("[0-9A-Z]{1,4}", kind) else "another transaction"

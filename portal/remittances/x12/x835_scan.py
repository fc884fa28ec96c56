"""Whether a claim of an 835 holds: its amounts, codes, dates and balance. No values are made here.

A large file holds millions of segments, and every one of them passes here: this is where reading
spends its time. What was found to hold is read once more, for what it says, by x835_claims.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portal.domain.money import AmountError, format_usd, parse_amount
from portal.domain.remittance import PATIENT_RESPONSIBILITY, REVERSAL_STATUS, Finding
from portal.remittances.findings import FindingCode
from portal.remittances.x12.envelope import element, shown
from portal.remittances.x12.segments import Delimiters
from portal.remittances.x12.values import CENTS, DateError, Memo, amount, parse_date

_STATUSES = frozenset({"1", "2", "3", "4", "19", "20", "21", "22", "23", "25"})
_STATUSES_OF_4010 = frozenset({"5", "10", "13", "15", "16", "17", "27"})
_KNOWN_STATUSES = _STATUSES | _STATUSES_OF_4010
_GROUPS = frozenset({"CO", "OA", "PI", "PR", "CR"})  # CR: 4010, still met in reversals
_REASONS = frozenset(  # the numbers of X12 list 139 as of 2026-08-17, also those no longer in use
    f"{letter}{number}"
    for letter, first, last in (
        ("", 1, 308),
        ("A", 0, 8),
        ("B", 1, 23),
        ("D", 1, 23),
        ("P", 1, 32),
        ("W", 1, 9),
        ("Y", 1, 3),
    )
    for number in range(first, last + 1)
)


_MOST_ALIKE = 20  # findings of one code on a claim: memory has to stay flat

_DAYS_OF_CLAIM = frozenset({"050", "232", "233"})  # DTM01
_DAYS_OF_LINE = frozenset({"472", "150", "151"})
_AMOUNT_OF_CLAIM = "F5"  # AMT01
_AMOUNT_OF_LINE = "B6"
_ONE_TRIPLET = 4  # elements of a CAS that has no more, and no quantity


def _undated(segment: str) -> str:
    """DTM01, where DTM02 holds something that is no date. The separator follows the name."""
    parts = segment.split(segment[3])
    try:
        parse_date(element(parts, 2))
    except DateError:
        return parts[1]
    return ""


_UNDATED = Memo(_undated, most=4096)  # a file has few different days


class ScannedClaim(NamedTuple):
    """One CLP loop (2100): its segments, its sums in cents, and what is odd about it.

    The amounts of the CLP are 0, and the share None, where one of the three is no number.
    """

    segments: list[str]
    delimiters: Delimiters
    segment_number: int  # of CLP in its file, 1-based
    line_count: int
    charge_cents: int  # CLP03
    paid_cents: int  # CLP04
    stated_responsibility_cents: int | None  # CLP05
    responsibility_cents: int  # sum of group PR over claim and lines
    findings: tuple[Finding, ...]


class SegmentHeads(NamedTuple):
    """How segments begin where elements are separated as they are: the name, the separator."""

    separator: str
    cas: str
    dtm: str
    amt: str
    svc: str
    details: frozenset[str]  # of whatever stands within a loop, those four too

    @classmethod
    def separated_by(cls, separator: str, details: Iterable[str]) -> "SegmentHeads":
        """``details`` are names."""
        cas, dtm, amt, svc = (f"{name}{separator}" for name in ("CAS", "DTM", "AMT", "SVC"))
        heads = frozenset(f"{name}{separator}" for name in details)
        return cls(separator, cas, dtm, amt, svc, heads)


class ClaimScan:
    """Running sums and findings of one claim. Messages never hold a name.

    A number is that of a segment in the file, from 1.
    """

    __slots__ = (
        "_adjusted_cents",
        "_alike",
        "_charge_cents",
        "_charged_cents",
        "_clp",
        "_expected_cents",
        "_findings",
        "_has_unreadable_amount",
        "_imbalances",
        "_line_count",
        "_ordinal",
        "_paid_cents",
        "_responsibility_cents",
        "_segment_number",
        "_stated_cents",
        "_svc",
        "_svc_number",
    )

    def __init__(self, clp: list[str], *, ordinal: int, segment_number: int) -> None:
        """``ordinal`` is the place of the claim in the file, from 1."""
        self._clp = clp
        self._ordinal = ordinal
        self._segment_number = segment_number
        self._findings: list[Finding] = []
        self._imbalances: list[Finding] = []  # they mean nothing beside an unreadable amount
        self._alike: dict[FindingCode, int] = {}  # how often each was met
        self._has_unreadable_amount = False
        self._svc: list[str] = []  # of the line that was begun last, and where it stands
        self._svc_number = 0
        self._line_count = 0
        self._charged_cents = 0  # sum of SVC02
        self._adjusted_cents = 0  # sum of CAS, claim and lines
        self._expected_cents = 0  # what that has to be when the line that was begun last ends
        self._responsibility_cents = 0  # those of group PR
        self._read_clp(clp)

    def _read_clp(self, clp: list[str]) -> None:
        """CLP02 to CLP05. One that is no number makes the others doubtful: they may have moved."""
        number = self._segment_number
        if element(clp, 2) not in _KNOWN_STATUSES:
            message = "The claim status (CLP02) is not a known one."
            self._tell(FindingCode.UNKNOWN_CLAIM_STATUS, message, number)
        self._charge_cents = self._amount(clp, 3, number)
        self._paid_cents = self._amount(clp, 4, number)
        self._stated_cents = self._amount(clp, 5, number) if element(clp, 5) else None
        if self._has_unreadable_amount:
            self._charge_cents = self._paid_cents = 0
            self._stated_cents = None

    def take(
        self, numbered: Iterator[tuple[int, str]], heads: SegmentHeads
    ) -> tuple[int, str] | None:
        """Everything up to a segment that is no detail of a claim, which is handed back.

        Only what has to be looked into is split.
        """
        separator, cas, dtm, amt, svc, details = heads
        other = None
        for number, segment in numbered:
            head = segment[:4]
            if head == cas:
                self._adjust(segment.split(separator), number)
            elif head == dtm:
                if undated := _UNDATED[segment]:
                    self._tell_undated(undated, number)
            elif head == svc:
                self._begin_line(segment.split(separator), number)
            elif head == amt:
                self._inform(segment.split(separator), number)
            elif head not in details and segment[:3] not in details:
                other = number, segment
                break
        return other

    def finish(self, segments: list[str], delimiters: Delimiters) -> ScannedClaim:
        """The claim is whole: hold its own figures against those of its lines and adjustments."""
        self._end_line()
        if not self._has_unreadable_amount:
            self._compare_sums()
            if element(self._clp, 2) != REVERSAL_STATUS:
                self._compare_share()
        return ScannedClaim(
            segments,
            delimiters,
            self._segment_number,
            self._line_count,
            self._charge_cents,
            self._paid_cents,
            self._stated_cents,
            self._responsibility_cents,
            tuple(self._findings),
        )

    def _begin_line(self, svc: list[str], number: int) -> None:
        if self._adjusted_cents != self._expected_cents:
            self._end_line()
        try:
            charge_cents, paid_cents = CENTS[svc[2]], CENTS[svc[3]]
        except (IndexError, AmountError):
            charge_cents, paid_cents = (self._amount(svc, index, number) for index in (2, 3))
        self._svc, self._svc_number = svc, number
        self._line_count += 1
        self._charged_cents += charge_cents
        self._expected_cents = self._adjusted_cents + charge_cents - paid_cents

    def _end_line(self) -> None:
        if self._adjusted_cents != self._expected_cents and self._line_count:
            self._line_off(self._adjusted_cents - self._expected_cents)

    def _line_off(self, surplus_cents: int) -> None:
        """X12 835 1.10.2.1.1: SVC02 less the line's CAS is SVC03."""
        charge_cents, paid_cents = (amount(self._svc, index) or 0 for index in (2, 3))
        adjusted_cents = charge_cents - paid_cents + surplus_cents
        message = _imbalance(f"Line {self._line_count}", charge_cents, adjusted_cents, paid_cents)
        code, number = FindingCode.LINE_UNBALANCED, self._svc_number
        self._tell(code, message, number, among=self._imbalances)

    def _compare_sums(self) -> None:
        """X12 835 1.10.2.1.2; each line (1.10.2.1.1) was compared when it ended."""
        self._findings += self._imbalances
        if self._charge_cents - self._adjusted_cents != self._paid_cents:
            message = _imbalance(
                "Claim", self._charge_cents, self._adjusted_cents, self._paid_cents
            )
            self._tell(FindingCode.CLAIM_UNBALANCED, message, self._segment_number)
        if self._line_count and self._charged_cents != self._charge_cents:
            message = (
                f"The lines charge {format_usd(self._charged_cents)} together, but the claim says "
                f"{format_usd(self._charge_cents)}."
            )
            self._tell(FindingCode.LINES_DIFFER_FROM_CLAIM, message, self._segment_number)

    def _compare_share(self) -> None:
        """CLP05 against the sum of group PR; an absent CLP05 stands for nothing owed."""
        stated_cents = self._stated_cents or 0
        if stated_cents != self._responsibility_cents:
            message = (
                f"The payer states a patient share of {format_usd(stated_cents)} (CLP05), but its "
                "patient adjustments (group PR) add up to "
                f"{format_usd(self._responsibility_cents)}."
            )
            self._tell(FindingCode.RESPONSIBILITY_DIFFERS, message, self._segment_number)

    def _adjust(self, parts: list[str], number: int) -> None:
        """A CAS. Nearly all have one triplet, whose group, reason and amount were met before."""
        group = parts[1]
        is_plain = len(parts) == _ONE_TRIPLET and group in _GROUPS and parts[2] in _REASONS
        if is_plain and parts[3] in CENTS:
            cents = CENTS[parts[3]]
        else:
            cents = self._sum_of_triplets(parts, number)
        self._adjusted_cents += cents
        if group == PATIENT_RESPONSIBILITY:
            self._responsibility_cents += cents

    def _sum_of_triplets(self, parts: list[str], number: int) -> int:
        """Of all in a CAS; an empty one in between is passed over, not taken for the end."""
        if parts[1] not in _GROUPS:
            message = (
                "The adjustment group (CAS01) is not a known one, so nobody can be billed for it."
            )
            self._tell(FindingCode.UNKNOWN_GROUP, message, number)
        total_cents = 0
        has_gap = False
        for index in range(2, len(parts), 3):
            try:
                total_cents += CENTS[parts[index + 1]]
            except (IndexError, AmountError):
                if not any(parts[index : index + 3]):
                    has_gap = True
                    continue
                total_cents += self._doubtful_amount(parts, index + 1, number)
            if has_gap:
                has_gap = False
                message = "The adjustments have a gap; what stands behind it was read too."
                self._tell(FindingCode.ADJUSTMENT_GAP, message, number)
            if parts[index] not in _REASONS:
                self._tell_reason(parts[index], index, number)
        return total_cents

    def _amount(self, parts: list[str], index: int, number: int) -> int:
        """Cents of an element that has to be an amount; 0 with a finding when it is none."""
        try:
            return parse_amount(parts[index])
        except (IndexError, AmountError):
            return self._doubtful_amount(parts, index, number)

    def _doubtful_amount(self, parts: list[str], index: int, number: int) -> int:
        """Nothing, or something that is no amount, counts as 0 and is told."""
        name = f"{parts[0]}{index:02d}"
        if not element(parts, index):
            message = f"{name} is empty; it counts as 0."
            self._tell(FindingCode.AMOUNT_MISSING, message, number)
        else:
            self._has_unreadable_amount = True
            message = f"{name} is not an amount, so the claim cannot be posted; it counts as 0."
            self._tell(FindingCode.AMOUNT_UNREADABLE, message, number)
        return 0

    def _inform(self, amt: list[str], number: int) -> None:
        """AMT02: takes no part in any balance, so a wrong one is left out."""
        if amt[1] != (_AMOUNT_OF_LINE if self._line_count else _AMOUNT_OF_CLAIM):
            return
        try:
            CENTS[amt[2]]
        except (IndexError, AmountError):
            message = f"AMT*{amt[1]} holds no amount; it was left out."
            self._tell(FindingCode.INFORMATION_UNREADABLE, message, number)

    def _tell_undated(self, qualifier: str, number: int) -> None:
        """DTM02, where the day is one that is used."""
        if qualifier in (_DAYS_OF_LINE if self._line_count else _DAYS_OF_CLAIM):
            message = f"DTM*{qualifier} holds no date; it was left out."
            self._tell(FindingCode.DATE_UNREADABLE, message, number)

    def _tell_reason(self, reason: str, index: int, number: int) -> None:
        name = f"CAS{index:02d}"
        if reason:
            message = f"The reason code in {name} is not on the list of known ones; it was kept."
            self._tell(FindingCode.UNKNOWN_REASON, message, number)
        else:
            message = f"An adjustment has no reason code ({name})."
            self._tell(FindingCode.REASON_MISSING, message, number)

    def _tell(
        self, code: FindingCode, message: str, number: int, *, among: list[Finding] | None = None
    ) -> None:
        count = self._alike[code] = self._alike.get(code, 0) + 1
        if count > _MOST_ALIKE:
            message = "There are more like this in the claim; they are not listed."
        if count <= _MOST_ALIKE + 1:
            findings = self._findings if among is None else among
            findings.append(Finding(code, self._where(number), message))

    def _where(self, number: int) -> str:
        claim = f"CLP {self._ordinal} ({shown(element(self._clp, 1))})"
        return f"{claim}, segment {number}"


def _imbalance(what: str, charge_cents: int, adjusted_cents: int, paid_cents: int) -> str:
    """The sentence for a line or a claim whose figures do not hold."""
    return (
        f"{what}: the charge of {format_usd(charge_cents)} less adjustments of "
        f"{format_usd(adjusted_cents)} is {format_usd(charge_cents - adjusted_cents)}, but the "
        f"payer says it paid {format_usd(paid_cents)}."
    )

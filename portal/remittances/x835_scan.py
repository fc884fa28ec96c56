"""Whether a claim of an 835 holds: its amounts, codes, dates and balance. No values are made here.

A large file holds millions of segments, and every one of them passes here: this is where reading
spends its time. What was found to hold is read once more, for what it says, by x835_claims.
"""

from dataclasses import dataclass
from functools import lru_cache

from portal.domain.money import AmountError, format_usd, parse_amount
from portal.domain.remittance import PATIENT_RESPONSIBILITY, REVERSAL_STATUS, Finding
from portal.remittances.findings import FindingCode
from portal.remittances.x12_envelope import element, shown
from portal.remittances.x12_segments import Delimiters
from portal.remittances.x12_values import DateError, amount, parse_date

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

_DAYS_OF_CLAIM = frozenset({"232", "233"})  # DTM01
_DAYS_OF_LINE = frozenset({"472", "150", "151"})
_AMOUNT_OF_CLAIM = "F5"  # AMT01
_AMOUNT_OF_LINE = "B6"


@dataclass(frozen=True, slots=True)
class ScannedClaim:
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


def scan_claim(
    segments: list[str], *, delimiters: Delimiters, ordinal: int, segment_number: int
) -> ScannedClaim:
    """One claim from its segments, CLP first. ``ordinal`` is its place in the file, from 1."""
    element = delimiters.element
    scan = _Scan(segments[0].split(element), ordinal=ordinal, first_segment=segment_number)
    scan.walk(segments, element)
    scan.compare()
    return ScannedClaim(
        segments,
        delimiters,
        segment_number,
        scan.line_count,
        scan.charge_cents,
        scan.paid_cents,
        scan.stated_cents,
        scan.responsibility_cents,
        tuple(scan.findings),
    )


class _Scan:
    """Running sums and findings of one claim. Messages never hold a name.

    A position counts from the CLP of the claim, which is 0.
    """

    __slots__ = (
        "_alike",
        "_clp",
        "_first_segment",
        "_has_unreadable_amount",
        "_imbalances",
        "_line_position",
        "_ordinal",
        "_svc",
        "adjusted_cents",
        "charge_cents",
        "charged_cents",
        "findings",
        "line_count",
        "paid_cents",
        "responsibility_cents",
        "stated_cents",
    )

    def __init__(self, clp: list[str], *, ordinal: int, first_segment: int) -> None:
        self._alike: dict[FindingCode, int] = {}  # how often each was met
        self._clp = clp
        self._ordinal = ordinal
        self._first_segment = first_segment
        self._has_unreadable_amount = False
        self._svc: list[str] = []  # of the line that was begun last, and where it stands
        self._line_position = 0
        self._imbalances: list[Finding] = []  # they mean nothing beside an unreadable amount
        self.findings: list[Finding] = []
        self.line_count = 0
        self.charged_cents = 0  # sum of SVC02
        self.adjusted_cents = 0  # sum of CAS, claim and lines
        self.responsibility_cents = 0  # those of group PR
        self._read_clp(clp)

    def _read_clp(self, clp: list[str]) -> None:
        """CLP02 to CLP05. One that is no number makes the others doubtful: they may have moved."""
        if element(clp, 2) not in _KNOWN_STATUSES:
            message = "The claim status (CLP02) is not a known one."
            self._tell(FindingCode.UNKNOWN_CLAIM_STATUS, message, 0)
        self.charge_cents = self._amount(clp, 3, 0)
        self.paid_cents = self._amount(clp, 4, 0)
        self.stated_cents = self._amount(clp, 5, 0) if element(clp, 5) else None
        if self._has_unreadable_amount:
            self.charge_cents = self.paid_cents = 0
            self.stated_cents = None

    def walk(self, segments: list[str], separator: str) -> None:
        """Every segment behind the CLP; only what has to be looked into is split."""
        cas, dtm, amt, svc = (f"{tag}{separator}" for tag in ("CAS", "DTM", "AMT", "SVC"))
        days, informs = _DAYS_OF_CLAIM, _AMOUNT_OF_CLAIM
        adjusted_cents = expected_cents = 0  # of the claim so far; what it must be at a line's end
        for position, segment in enumerate(segments):
            head = segment[:4]
            if head == cas:
                adjusted_cents += self._adjust(segment.split(separator), position)
            elif head == dtm:
                qualifier, is_date = _dated(segment)
                if not is_date and qualifier in days:
                    message = f"DTM*{qualifier} holds no date; it was left out."
                    self._tell(FindingCode.DATE_UNREADABLE, message, position)
            elif head == amt:
                parts = segment.split(separator)
                if parts[1] == informs:
                    self._information(parts, position)
            elif head == svc:
                if adjusted_cents != expected_cents and self.line_count:
                    self._line_off(adjusted_cents - expected_cents)
                days, informs = _DAYS_OF_LINE, _AMOUNT_OF_LINE
                parts = segment.split(separator)
                charge_cents = self._amount(parts, 2, position)
                expected_cents = adjusted_cents + charge_cents - self._amount(parts, 3, position)
                self.charged_cents += charge_cents
                self.line_count += 1
                self._svc, self._line_position = parts, position
        if adjusted_cents != expected_cents and self.line_count:
            self._line_off(adjusted_cents - expected_cents)
        self.adjusted_cents = adjusted_cents

    def _line_off(self, surplus_cents: int) -> None:
        """X12 835 1.10.2.1.1: SVC02 less the line's CAS is SVC03."""
        charge_cents, paid_cents = (amount(self._svc, index) or 0 for index in (2, 3))
        adjusted_cents = charge_cents - paid_cents + surplus_cents
        message = _imbalance(f"Line {self.line_count}", charge_cents, adjusted_cents, paid_cents)
        code, position = FindingCode.LINE_UNBALANCED, self._line_position
        self._tell(code, message, position, among=self._imbalances)

    def compare(self) -> None:
        """Hold the claim's own figures against those of its lines and adjustments."""
        if self._has_unreadable_amount:
            return
        self._compare_sums()
        if element(self._clp, 2) != REVERSAL_STATUS:
            self._compare_share()

    def _compare_sums(self) -> None:
        """X12 835 1.10.2.1.2; each line (1.10.2.1.1) was compared as it was read."""
        self.findings += self._imbalances
        if self.charge_cents - self.adjusted_cents != self.paid_cents:
            message = _imbalance("Claim", self.charge_cents, self.adjusted_cents, self.paid_cents)
            self._tell(FindingCode.CLAIM_UNBALANCED, message, 0)
        if self.line_count and self.charged_cents != self.charge_cents:
            message = (
                f"The lines charge {format_usd(self.charged_cents)} together, but the claim says "
                f"{format_usd(self.charge_cents)}."
            )
            self._tell(FindingCode.LINES_DIFFER_FROM_CLAIM, message, 0)

    def _compare_share(self) -> None:
        """CLP05 against the sum of group PR; an absent CLP05 stands for nothing owed."""
        stated_cents = self.stated_cents or 0
        if stated_cents != self.responsibility_cents:
            message = (
                f"The payer states a patient share of {format_usd(stated_cents)} (CLP05), but its "
                "patient adjustments (group PR) add up to "
                f"{format_usd(self.responsibility_cents)}."
            )
            self._tell(FindingCode.RESPONSIBILITY_DIFFERS, message, 0)

    def _adjust(self, parts: list[str], position: int) -> int:
        """Every triplet of a CAS; an empty one in between is passed over, not taken for the end."""
        group = parts[1]
        if group not in _GROUPS:
            message = (
                "The adjustment group (CAS01) is not a known one, so nobody can be billed for it."
            )
            self._tell(FindingCode.UNKNOWN_GROUP, message, position)
        total_cents = 0
        has_gap = False
        for index in range(2, len(parts), 3):
            try:
                total_cents += parse_amount(parts[index + 1])
            except (IndexError, AmountError):
                if not any(parts[index : index + 3]):
                    has_gap = True
                    continue
                total_cents += self._doubtful_amount(parts, index + 1, position)
            if has_gap:
                has_gap = False
                message = "The adjustments have a gap; what stands behind it was read too."
                self._tell(FindingCode.ADJUSTMENT_GAP, message, position)
            if parts[index] not in _REASONS:
                self._tell_reason(parts[index], index, position)
        if group == PATIENT_RESPONSIBILITY:
            self.responsibility_cents += total_cents
        return total_cents

    def _amount(self, parts: list[str], index: int, position: int) -> int:
        """Cents of an element that has to be an amount; 0 with a finding when it is none."""
        try:
            return parse_amount(parts[index])
        except (IndexError, AmountError):
            return self._doubtful_amount(parts, index, position)

    def _doubtful_amount(self, parts: list[str], index: int, position: int) -> int:
        """Nothing, or something that is no amount, counts as 0 and is told."""
        name = f"{parts[0]}{index:02d}"
        if not element(parts, index):
            message = f"{name} is empty; it counts as 0."
            self._tell(FindingCode.AMOUNT_MISSING, message, position)
        else:
            self._has_unreadable_amount = True
            message = f"{name} is not an amount, so the claim cannot be posted; it counts as 0."
            self._tell(FindingCode.AMOUNT_UNREADABLE, message, position)
        return 0

    def _information(self, parts: list[str], position: int) -> None:
        """AMT02: takes no part in any balance, so a wrong one is left out."""
        try:
            parse_amount(parts[2])
        except (IndexError, AmountError):
            message = f"{parts[0]}*{parts[1]} holds no amount; it was left out."
            self._tell(FindingCode.INFORMATION_UNREADABLE, message, position)

    def _tell_reason(self, reason: str, index: int, position: int) -> None:
        name = f"CAS{index:02d}"
        if reason:
            message = f"The reason code in {name} is not on the list of known ones; it was kept."
            self._tell(FindingCode.UNKNOWN_REASON, message, position)
        else:
            message = f"An adjustment has no reason code ({name})."
            self._tell(FindingCode.REASON_MISSING, message, position)

    def _tell(
        self, code: FindingCode, message: str, position: int, *, among: list[Finding] | None = None
    ) -> None:
        count = self._alike[code] = self._alike.get(code, 0) + 1
        if count > _MOST_ALIKE:
            message = "There are more like this in the claim; they are not listed."
        if count <= _MOST_ALIKE + 1:
            findings = self.findings if among is None else among
            findings.append(Finding(code, self._where(position), message))

    def _where(self, position: int) -> str:
        claim = f"CLP {self._ordinal} ({shown(element(self._clp, 1))})"
        return f"{claim}, segment {self._first_segment + position}"


@lru_cache(maxsize=4096)  # a file has few different days
def _dated(segment: str) -> tuple[str, bool]:
    """DTM01, and whether DTM02 is a date or empty. The separator follows the name."""
    parts = segment.split(segment[3])
    try:
        parse_date(element(parts, 2))
    except DateError:
        return parts[1], False
    return parts[1], True


def _imbalance(what: str, charge_cents: int, adjusted_cents: int, paid_cents: int) -> str:
    """The sentence for a line or a claim whose figures do not hold."""
    return (
        f"{what}: the charge of {format_usd(charge_cents)} less adjustments of "
        f"{format_usd(adjusted_cents)} is {format_usd(charge_cents - adjusted_cents)}, but the "
        f"payer says it paid {format_usd(paid_cents)}."
    )

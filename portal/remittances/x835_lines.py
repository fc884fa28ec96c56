"""The service line loop of an 835 (2110), and what it shares with its claim: CAS, AMT, DTM, LQ.

A large file holds hundreds of thousands of lines: this is where reading spends its time.
"""

from datetime import date

from portal.domain.money import AmountError, format_usd, parse_amount
from portal.domain.remittance import PATIENT_RESPONSIBILITY, Adjustment, Finding, ServiceLine
from portal.remittances.findings import FindingCode
from portal.remittances.x12_envelope import element, shown
from portal.remittances.x12_values import DateError, parse_date, procedure

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
_SERVICE_DAYS = frozenset({"472", "150", "151"})  # DTM01: the day, or the first and the last
_NO_PROCEDURE: tuple[str, str, tuple[str, ...]] = ("", "", ())


class ClaimNotes:
    """Running sums and findings while one claim is read. Messages never hold a name."""

    __slots__ = (
        "_claim_number",
        "_first_segment",
        "_ordinal",
        "adjusted_cents",
        "charged_cents",
        "findings",
        "has_unreadable_amount",
        "imbalances",
        "responsibility_cents",
    )

    def __init__(self, claim_number: str, *, ordinal: int, first_segment: int) -> None:
        self._claim_number = claim_number
        self._ordinal = ordinal
        self._first_segment = first_segment
        self.charged_cents = 0  # sum of SVC02
        self.adjusted_cents = 0  # sum of CAS, claim and lines
        self.responsibility_cents = 0  # those of group PR
        self.findings: list[Finding] = []
        self.imbalances: list[Finding] = []  # they mean nothing beside an unreadable amount
        self.has_unreadable_amount = False

    def add(self, code: FindingCode, message: str, *, position: int) -> None:
        """``position`` counts from the CLP of the claim, which is 0."""
        self.findings.append(Finding(code, self._where(position), message))

    def add_imbalance(self, code: FindingCode, message: str, *, position: int) -> None:
        self.imbalances.append(Finding(code, self._where(position), message))

    def _where(self, position: int) -> str:
        claim = f"CLP {self._ordinal} ({shown(self._claim_number)})"
        return f"{claim}, segment {self._first_segment + position}"


def service_line(
    segments: list[list[str]], *, number: int, component: str, notes: ClaimNotes, position: int
) -> ServiceLine:
    """One line from its segments, SVC first; ``position`` is that of the SVC in its claim."""
    svc = segments[0]
    adjusted_before_cents = notes.adjusted_cents
    charge_cents = amount(svc, 2, notes=notes, position=position)
    paid_cents = amount(svc, 3, notes=notes, position=position)
    adjustments: list[Adjustment] = []
    remarks: list[str] = []
    days: dict[str, date | None] = {}
    allowed_cents = None
    control_number = ""
    for offset, parts in enumerate(segments, start=position):
        match parts[0]:
            case "CAS":
                add_adjustments(parts, adjustments, notes=notes, position=offset)
            case "DTM" if (qualifier := element(parts, 1)) in _SERVICE_DAYS:
                days[qualifier] = day(parts, notes=notes, position=offset)
            case "REF" if element(parts, 1) == "6R":
                control_number = element(parts, 2)
            case "AMT" if element(parts, 1) == "B6":
                allowed_cents = information(parts, notes=notes, position=offset)
            case "LQ":
                remarks.append(remark(parts))
            case _:
                pass
    notes.charged_cents += charge_cents
    adjusted_cents = notes.adjusted_cents - adjusted_before_cents
    if charge_cents - adjusted_cents != paid_cents:
        message = imbalance(f"Line {number}", charge_cents, adjusted_cents, paid_cents)
        notes.add_imbalance(FindingCode.LINE_UNBALANCED, message, position=position)
    submitted = element(svc, 6)
    service_from = days.get("472") or days.get("150")
    return ServiceLine(  # by position and flat: a large file makes hundreds of thousands
        number,
        *procedure(element(svc, 1), component),
        charge_cents,
        paid_cents,
        element(svc, 4),
        element(svc, 5),
        *(procedure(submitted, component) if submitted else _NO_PROCEDURE),
        service_from,
        days.get("151") or service_from,
        control_number,
        allowed_cents,
        tuple(adjustments),
        tuple(remarks),
    )


def add_adjustments(
    parts: list[str], adjustments: list[Adjustment], *, notes: ClaimNotes, position: int
) -> None:
    """Every triplet of a CAS; an empty one in between is passed over, not taken for the end."""
    group = element(parts, 1)
    if group not in _GROUPS:
        message = "The adjustment group (CAS01) is not a known one, so nobody can be billed for it."
        notes.add(FindingCode.UNKNOWN_GROUP, message, position=position)
    count = len(parts)
    total_cents = 0
    has_gap = False
    for index in range(2, count, 3):
        try:
            amount_cents = parse_amount(parts[index + 1])
        except (IndexError, AmountError):
            if not any(parts[index : index + 3]):
                has_gap = True
                continue
            amount_cents = _doubtful_amount(parts, index + 1, notes, position)
        if has_gap:
            has_gap = False
            message = "The adjustments have a gap; what stands behind it was read too."
            notes.add(FindingCode.ADJUSTMENT_GAP, message, position=position)
        reason = parts[index]
        if reason not in _REASONS:
            _tell_reason(reason, index, notes, position)
        quantity = parts[index + 2] if index + 2 < count else ""
        adjustments.append(Adjustment(group, reason, amount_cents, quantity))
        total_cents += amount_cents
    notes.adjusted_cents += total_cents
    if group == PATIENT_RESPONSIBILITY:
        notes.responsibility_cents += total_cents


def amount(parts: list[str], index: int, *, notes: ClaimNotes, position: int) -> int:
    """Cents of an element that has to be an amount; 0 with a finding when it is none."""
    try:
        return parse_amount(parts[index])
    except (IndexError, AmountError):
        return _doubtful_amount(parts, index, notes, position)


def information(parts: list[str], *, notes: ClaimNotes, position: int) -> int | None:
    """AMT02: takes no part in any balance, so a wrong one is left out."""
    try:
        return parse_amount(element(parts, 2))
    except AmountError:
        message = f"{parts[0]}*{parts[1]} holds no amount; it was left out."
        notes.add(FindingCode.INFORMATION_UNREADABLE, message, position=position)
        return None


def day(parts: list[str], *, notes: ClaimNotes, position: int) -> date | None:
    """DTM02: left out, with a finding, when it is no date."""
    try:
        return parse_date(element(parts, 2))
    except DateError:
        message = f"{parts[0]}*{parts[1]} holds no date; it was left out."
        notes.add(FindingCode.DATE_UNREADABLE, message, position=position)
        return None


def remark(parts: list[str]) -> str:
    """LQ: a RARC as it is, a code of another list behind the name of its list."""
    code_list, code = element(parts, 1), element(parts, 2)
    return code if code_list == "HE" else f"{code_list}:{code}"


def imbalance(what: str, charge_cents: int, adjusted_cents: int, paid_cents: int) -> str:
    """The sentence for a line or a claim whose figures do not hold."""
    return (
        f"{what}: the charge of {format_usd(charge_cents)} less adjustments of "
        f"{format_usd(adjusted_cents)} is {format_usd(charge_cents - adjusted_cents)}, but the "
        f"payer says it paid {format_usd(paid_cents)}."
    )


def _doubtful_amount(parts: list[str], index: int, notes: ClaimNotes, position: int) -> int:
    """An amount among blanks is one; nothing, or anything else, counts as 0 and is told."""
    name = f"{parts[0]}{index:02d}"
    text = element(parts, index)
    if not text:
        message = f"{name} is empty; it counts as 0."
        notes.add(FindingCode.AMOUNT_MISSING, message, position=position)
        return 0
    try:
        return parse_amount(text)
    except AmountError:
        notes.has_unreadable_amount = True
        message = f"{name} is not an amount, so the claim cannot be posted; it counts as 0."
        notes.add(FindingCode.AMOUNT_UNREADABLE, message, position=position)
        return 0


def _tell_reason(reason: str, index: int, notes: ClaimNotes, position: int) -> None:
    name = f"CAS{index:02d}"
    if reason.strip():
        message = f"The reason code in {name} is not on the list of known ones; it was kept."
        notes.add(FindingCode.UNKNOWN_REASON, message, position=position)
    else:
        message = f"An adjustment has no reason code ({name})."
        notes.add(FindingCode.REASON_MISSING, message, position=position)

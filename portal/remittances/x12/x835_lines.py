"""What the service line loop of an 835 (2110) says, and what it shares with its claim: CAS, LQ.

Whether it holds was told before, by x835_scan; what was found to be no amount counts as 0 here and
what was found to be no date is left out.
"""

from datetime import date

from portal.domain.remittance import Adjustment, ServiceLine
from portal.remittances.x12.envelope import element
from portal.remittances.x12.values import DateError, amount, parse_date, procedure

_NO_PROCEDURE: tuple[str, str, tuple[str, ...]] = ("", "", ())


def service_line(segments: list[list[str]], *, number: int, component: str) -> ServiceLine:
    """One line from its segments, SVC first."""
    svc = segments[0]
    adjustments: list[Adjustment] = []
    remarks: list[str] = []
    days: dict[str, date | None] = {}  # by DTM01
    allowed_cents = None
    control_number = ""
    for parts in segments[1:]:
        match parts[0]:
            case "CAS":
                adjustments += adjustments_of(parts)
            case "DTM":
                days[element(parts, 1)] = day(parts)
            case "REF" if element(parts, 1) == "6R":
                control_number = element(parts, 2)
            case "AMT" if element(parts, 1) == "B6":
                allowed_cents = amount(parts, 2)
            case "LQ":
                remarks.append(remark(parts))
            case _:
                pass
    submitted = element(svc, 6)
    service_from = days.get("472") or days.get("150")
    return ServiceLine(  # by position and flat: a large file makes hundreds of thousands
        number,
        *procedure(element(svc, 1), component),
        amount(svc, 2) or 0,
        amount(svc, 3) or 0,
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


def adjustments_of(parts: list[str]) -> list[Adjustment]:
    """Every triplet of a CAS that is not empty, also behind one that is."""
    group = element(parts, 1)
    return [
        Adjustment(group, parts[index], amount(parts, index + 1) or 0, element(parts, index + 2))
        for index in range(2, len(parts), 3)
        if any(parts[index : index + 3])
    ]


def day(parts: list[str]) -> date | None:
    """DTM02."""
    try:
        return parse_date(element(parts, 2))
    except DateError:
        return None


def remark(parts: list[str]) -> str:
    """LQ: a RARC as it is, a code of another list behind the name of its list."""
    code_list, code = element(parts, 1), element(parts, 2)
    return code if code_list == "HE" else f"{code_list}:{code}"

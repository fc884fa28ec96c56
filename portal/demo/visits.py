"""What was done for the people of the made-up practice, and what their plans decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.demo.claim_writer import SentVisit
from portal.demo.people import BLUE_HORIZON, CASCADE, HOUSEHOLDS, MEDICARE, DemoPatient
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, DemoPayer


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One remittance file, in the order the practice received them."""

    name: str
    payer: DemoPayer
    paid_on: date
    claims: tuple[DemoClaim, ...]


def files(today: date) -> Sequence[DemoFile]:
    """The remittances, with service dates some weeks before ``today``."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    return (
        DemoFile("blue-horizon-0.835", BLUE_HORIZON, ago(52), _nora_first(today)),
        DemoFile("blue-horizon-1.835", BLUE_HORIZON, ago(20), _blue_horizon_first(today)),
        DemoFile("medicare-1.835", MEDICARE, ago(16), _medicare(today)),
        DemoFile("cascade-1.835", CASCADE, ago(9), (_tom_second(today),)),
        DemoFile("blue-horizon-2.835", BLUE_HORIZON, ago(6), _blue_horizon_second(today)),
        DemoFile("blue-horizon-3.835", BLUE_HORIZON, ago(3), _blue_horizon_odd(today)),
    )


def sent_visits(today: date) -> dict[DemoPayer, list[SentVisit]]:
    """What was sent to whom before: every first decision was about a claim, of people we know."""
    known = {
        patient.member_identifier: patient
        for household in HOUSEHOLDS
        for patient in household.patients
    }
    sent: dict[DemoPayer, dict[str, SentVisit]] = {}
    for file in files(today):
        for claim in file.claims:
            patient = known.get(claim.member_identifier)
            if patient is None or patient.payer != file.payer or claim.charge_off_by_cents:
                continue
            sent_on = claim.service_on + timedelta(days=2)
            visit = SentVisit(claim, patient.born_on, sent_on)
            sent.setdefault(file.payer, {}).setdefault(claim.number, visit)
    return {payer: list(visits.values()) for payer, visits in sent.items()}


def _claim(
    number: str, patient: DemoPatient, service_on: date, *lines: DemoLine, status: str = "1"
) -> DemoClaim:
    return DemoClaim(
        number=number,
        status=status,
        last_name=patient.last_name.upper(),
        first_name=patient.first_name.upper(),
        member_identifier=patient.member_identifier,
        provider_last_name="OKAFOR" if int(number[-1]) % 2 else "PATEL",
        provider_first_name="LENA" if int(number[-1]) % 2 else "SAMIR",
        service_on=service_on,
        lines=lines,
    )


def _line(code: str, charge_cents: int, *cuts: tuple[str, str, int]) -> DemoLine:
    return DemoLine(code, charge_cents, tuple(Cut(*cut) for cut in cuts))


def _patient(household: int, patient: int = 0) -> DemoPatient:
    return HOUSEHOLDS[household].patients[patient]


def _nora_first(today: date) -> tuple[DemoClaim, ...]:
    """One visit before her second plan began, and one that it has to decide."""
    nora, copay = _patient(8), _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000))
    imaging = _line("73110", 14_200, ("CO", "45", 5_800), ("PR", "1", 8_400))
    return (
        _claim("R10043", nora, today - timedelta(days=118), copay),
        _claim("R10047", nora, today - timedelta(days=72), imaging),
    )


def _blue_horizon_first(today: date) -> tuple[DemoClaim, ...]:
    return (
        _claim(
            "R10041",
            _patient(0),
            today - timedelta(days=54),
            _line("80048", 8_500, ("CO", "45", 5_230), ("PR", "1", 3_270)),
            _line("99396", 26_000, ("CO", "45", 9_840), ("PR", "3", 4_000)),
            _line("36415", 1_800, ("CO", "97", 1_800)),
        ),
        _claim(
            "R10042",
            _patient(0, 1),
            today - timedelta(days=46),
            replace(
                _line("73110", 14_200, ("CO", "45", 5_800), ("PR", "1", 8_400)),
                description="Left wrist, three pictures",
            ),
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000)),
            _line("29125", 9_500, ("CO", "45", 3_100), ("PR", "2", 1_280)),
        ),
        _claim(
            "R10044",
            _patient(0, 1),
            today - timedelta(days=27),
            _line("99212", 11_000, ("CO", "45", 4_600), ("PR", "3", 2_500)),
        ),
        _claim(
            "R10045",
            _patient(1),
            today - timedelta(days=41),
            _line("45378", 215_000, ("CO", "45", 86_570), ("PR", "1", 100_000), ("PR", "2", 5_686)),
            _line("00811", 64_000, ("CO", "45", 31_000), ("PR", "2", 6_600)),
        ),
        _claim(
            "R10046",
            _patient(2),
            today - timedelta(days=38),
            _line("99214", 24_000, ("CO", "45", 9_120), ("PR", "2", 2_976)),
            _line("97110", 9_000, ("PR", "96", 9_000)),
        ),
        _claim(
            "R10048",
            _patient(6),
            today - timedelta(days=35),
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 6_000)),
        ),
        _claim(
            "R10049",
            _patient(7),
            today - timedelta(days=33),
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 3_000)),
        ),
        _grace_second(today),
        _claim(
            "R10056",
            _patient(4),
            today - timedelta(days=37),
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 3_500)),
            _line("80061", 9_400, ("CO", "50", 9_400)),
        ),
        _claim(
            "R10062",
            _patient(10),
            today - timedelta(days=34),
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 3_000)),
        ),
    )


def _grace_second(today: date) -> DemoClaim:
    """Her plan takes this decision back, and has not made another."""
    return _claim(
        "R10058",
        _patient(6),
        today - timedelta(days=40),
        _line("73110", 14_200, ("CO", "45", 5_800), ("PR", "1", 8_400)),
    )


def _medicare(today: date) -> tuple[DemoClaim, ...]:
    harold, tom, odell = _patient(3), _patient(5), _patient(9)
    crossed = _claim(
        "R10050",
        harold,
        today - timedelta(days=30),
        _line("99214", 24_000, ("CO", "45", 11_000), ("PR", "2", 2_600)),
        status="19",
    )
    return (
        replace(crossed, crossover_payer="NORTHWEST SUPPLEMENT"),
        _claim(
            "R10051",
            tom,
            today - timedelta(days=31),
            _line("93000", 6_500, ("CO", "45", 4_500), ("PR", "2", 400)),
            _line("99214", 24_000, ("CO", "45", 11_000), ("PR", "1", 8_000), ("PR", "2", 1_000)),
        ),
        _claim(
            "R10059",
            odell,
            today - timedelta(days=76),
            _line("99213", 18_500, ("CO", "45", 9_000), ("CO", "253", 152), ("PR", "2", 1_900)),
        ),
        replace(
            _claim(
                "R10060",
                odell,
                today - timedelta(days=30),
                _line("99214", 24_000, ("CO", "45", 11_000), ("PR", "2", 2_600)),
            ),
            remarks=("N782",),
        ),
    )


def _tom_second(today: date) -> DemoClaim:
    """The second insurer pays most of what Medicare left: $94.00 becomes $20.00."""
    decided = _claim(
        "R10051",
        _patient(5),
        today - timedelta(days=31),
        _line("93000", 6_500, ("OA", "23", 6_100)),
        _line("99214", 24_000, ("OA", "23", 15_000), ("PR", "3", 2_000)),
        status="2",
    )
    return replace(decided, member_identifier="CM77182")


def _blue_horizon_second(today: date) -> tuple[DemoClaim, ...]:
    """Grace's decisions taken back, one made anew; Priya's claim denied; a question to Ines."""
    first = _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 6_000))
    service_on = today - timedelta(days=35)
    grace = _claim("R10048", _patient(6), service_on, first, status="22")
    reversal = replace(grace, sign=-1)
    return (
        reversal,
        replace(_grace_second(today), status="22", sign=-1),
        _claim(
            "R10048",
            _patient(6),
            service_on,
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000)),
        ),
        _claim(
            "R10052",
            _patient(4),
            today - timedelta(days=29),
            _line("99213", 18_500, ("CO", "16", 18_500)),
            status="4",
        ),
        _claim(
            "R10063",
            _patient(10),
            today - timedelta(days=24),
            _line("99214", 24_000, ("CO", "22", 24_000)),
            status="4",
        ),
    )


def _blue_horizon_odd(today: date) -> tuple[DemoClaim, ...]:
    """For the poster: a claim that does not add up, and one of somebody nobody knows."""
    unbalanced = _claim(
        "R10053",
        _patient(0),
        today - timedelta(days=12),
        _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000)),
    )
    stranger = DemoPatient("Jordan", "Vance", date(1999, 5, 5), "BHZ000999999")
    return (
        replace(unbalanced, charge_off_by_cents=1_000),
        _claim(
            "R10055",
            stranger,
            today - timedelta(days=14),
            _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 4_000)),
        ),
    )

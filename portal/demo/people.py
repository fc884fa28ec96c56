"""The made-up practice: who goes there, what was done, what their plans decided. Nobody is real."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, DemoPayer
from portal.practice.directory import PracticeDetails

RIVERBEND = PracticeDetails(
    slug="riverbend",
    name="Riverbend Family Health",
    phone="(503) 555-0142",
    phone_hours="Monday to Friday, 8 AM to 5 PM",
    phone_hours_es="De lunes a viernes, de 8 a. m. a 5 p. m.",
    address_line="210 Mill Street",
    city="Easton",
    state="OR",
    postal_code="97399",
    tax_identifier="00-0000000",
    payee_identifier="1993999998",
    time_zone="America/Los_Angeles",
    receipt_prefix="RB",
)

BLUE_HORIZON = DemoPayer("BLUE HORIZON", "BH001")
MEDICARE = DemoPayer("MEDICARE PART B", "MC001")
CASCADE = DemoPayer("CASCADE MUTUAL", "CM001")
NORTHWEST = DemoPayer("NORTHWEST SUPPLEMENT", "NW001")


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A second plan; ``began_days_ago`` None: the patient has had it since always."""

    payer: DemoPayer
    member_identifier: str
    began_days_ago: int | None = None


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """Who was treated; the first of a household owes. ``payer`` pays first, ``second`` after it."""

    first_name: str
    last_name: str
    born_on: date
    member_identifier: str
    payer: DemoPayer = BLUE_HORIZON
    second: DemoPlan | None = None


@dataclass(frozen=True, slots=True)
class DemoHousehold:
    """One guarantor and the patients who hang on them."""

    account_number: str
    patients: tuple[DemoPatient, ...]
    email: str | None
    phone: str
    street: str
    language: str = "en"
    why: str = ""  # what this household is there to show

    @property
    def guarantor(self) -> DemoPatient:
        """Who owes."""
        return self.patients[0]


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One remittance file, in the order the practice received them."""

    name: str
    payer: DemoPayer
    paid_on: date
    claims: tuple[DemoClaim, ...]


HOUSEHOLDS: Sequence[DemoHousehold] = (
    DemoHousehold(
        "A-20411",
        (
            DemoPatient("Ana", "Reyes", date(1985, 4, 27), "BHZ000451880"),
            DemoPatient("Mateo", "Reyes", date(2014, 9, 3), "BHZ000451881"),
        ),
        "ana.reyes@example.com",
        "(503) 555-0117",
        "48 Alder Court",
        why="three visits of two patients: deductible, copay, coinsurance, a bundled service",
    ),
    DemoHousehold(
        "A-20412",
        (DemoPatient("Rosa", "Delgado Fuentes", date(1962, 11, 30), "BHZ000777123"),),
        "rosa.delgado@example.com",
        "(503) 555-0133",
        "1207 Orchard Lane, Unit B",
        language="es",
        why="reads Spanish; a large deductible",
    ),
    DemoHousehold(
        "A-20413",
        (
            DemoPatient(
                "Maximiliana-Theodora",
                "Featherstonehaugh-Wolfeschlegelstein",
                date(1949, 2, 8),
                "BHZ000909456",
            ),
        ),
        "max.featherstonehaugh@example.com",
        "(503) 555-0155",
        "9 Quarry Road",
        why="long names; a service the plan does not cover",
    ),
    DemoHousehold(
        "A-20414",
        (
            DemoPatient(
                "Harold",
                "Lindqvist",
                date(1944, 6, 17),
                "1EG4TE5MK73",
                MEDICARE,
                DemoPlan(NORTHWEST, "NW55301"),
            ),
        ),
        "harold.lindqvist@example.com",
        "(503) 555-0160",
        "33 Larch Avenue",
        why="Medicare passed the claim on: insurance is still deciding, nothing is asked",
    ),
    DemoHousehold(
        "A-20415",
        (DemoPatient("Priya", "Natarajan", date(1990, 1, 12), "BHZ000314159"),),
        "priya.natarajan@example.com",
        "(503) 555-0171",
        "5 Station Street",
        why="a denied claim stays with the insurer; she owes nothing",
    ),
    DemoHousehold(
        "A-20416",
        (
            DemoPatient(
                "Tom",
                "Becker",
                date(1958, 8, 21),
                "1EG4TE5MK99",
                MEDICARE,
                DemoPlan(CASCADE, "CM77182"),
            ),
        ),
        "tom.becker@example.com",
        "(503) 555-0182",
        "771 Ridgeview Drive",
        why="two insurers: the second one's decision replaces what the first left",
    ),
    DemoHousehold(
        "A-20417",
        (DemoPatient("Grace", "Ames", date(1977, 3, 5), "BHZ000271828"),),
        "grace.ames@example.com",
        "(503) 555-0193",
        "16 Pine Hollow",
        why="her plan took a decision back and decided anew",
    ),
    DemoHousehold(
        "A-20418",
        (DemoPatient("Walter", "Pruitt", date(1938, 12, 1), "BHZ000161803"),),
        None,
        "(503) 555-0109",
        "2 Ferry Landing",
        why="no e-mail address: no statement can be delivered yet",
    ),
    DemoHousehold(
        "A-20419",
        (
            DemoPatient(
                "Nora",
                "Whitfield",
                date(1971, 7, 14),
                "BHZ000577215",
                second=DemoPlan(CASCADE, "CM90418", began_days_ago=100),
            ),
        ),
        "nora.whitfield@example.com",
        "(503) 555-0127",
        "402 Weaver Street",
        why="a second insurer is still deciding about one visit, and has been silent for long",
    ),
)


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
            _line("73110", 14_200, ("CO", "45", 5_800), ("PR", "1", 8_400)),
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
    )


def _medicare(today: date) -> tuple[DemoClaim, ...]:
    harold, tom = _patient(3), _patient(5)
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
    """Grace's decision taken back and made anew; Priya's claim denied."""
    first = _line("99213", 18_500, ("CO", "45", 6_900), ("PR", "3", 6_000))
    service_on = today - timedelta(days=35)
    grace = _claim("R10048", _patient(6), service_on, first, status="22")
    reversal = replace(grace, sign=-1)
    return (
        reversal,
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

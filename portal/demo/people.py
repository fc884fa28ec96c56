"""The made-up practice and who goes there. Nobody is real."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.demo.remittance_writer import DemoPayer
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
        why="a denied visit, and a denied test of another, stay with the insurer",
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
        why="her plan changed a decision, and took another back without a new one",
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
    DemoHousehold(
        "A-20420",
        (DemoPatient("Odell", "Barnes", date(1951, 5, 23), "1EG4TE5MK55", MEDICARE),),
        "odell.barnes@example.com",
        "(503) 555-0148",
        "88 Tannery Row",
        language="es",
        why="Medicaid began to help with Medicare's costs: one visit may not be billed (QMB)",
    ),
    DemoHousehold(
        "A-20421",
        (DemoPatient("Ines", "Okonkwo", date(1983, 10, 9), "BHZ000632110"),),
        "ines.okonkwo@example.com",
        "(503) 555-0175",
        "14 Chandler Street",
        why="her plan asks her about other insurance before it decides",
    ),
)

"""Pages of posters as values."""

from dataclasses import replace
from datetime import date, datetime

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import Outcome
from portal.domain.hold_kinds import HoldKind, Releaser
from portal.domain.ledger_identities import ClaimFigures
from portal.domain.quarantine import Quarantine, QuarantineAct, QuarantineReason
from portal.domain.remittance import ClaimPayment
from portal.remittances.claims.pages import (
    CandidateRow,
    ClaimHoldRow,
    ClaimPage,
    DecisionRow,
)
from portal.remittances.claims.partners import JoinOutlook, PartnerRow
from portal.remittances.claims.read_decisions import ReadAdjustment, ReadLine
from portal.remittances.coverages import CoverageRow, CoveragesPage
from portal.remittances.file_pages import Counted, FilePage, PaymentRow, Standing
from portal.remittances.insurance_pages import HoldKindRow, HoldsPage, InsurancePage, ListPage
from portal.remittances.quarantine.outlooks import ActOutlook, MoveRow
from portal.remittances.quarantine.pages import (
    Origin,
    QuarantinePage,
    ResolvedFacts,
    TakeBackRow,
)
from portal.remittances.quarantine.withheld_pages import TakeInRow, WithheldClaimRow, WithheldPage
from portal.remittances.silent_plans import PlanToCall, SilentPlanRow
from portal.remittances.worklists import HoldRow, ImportRow, QuarantineRow, WaitingClaimRow
from tests.web.sample_patient_views import GUARANTOR_ID, PACIFIC, an_id

INSURANCE = InsurancePage(
    imports=(
        ImportRow(
            an_id(80),
            "bluehorizon-20260304.835",
            datetime(2026, 3, 4, 5, 55, tzinfo=PACIFIC),
            "Blue Horizon",
            128,
            6,
            2,
            1,
            1234550,
        ),
    ),
    quarantine=(
        QuarantineRow(
            an_id(81),
            "bluehorizon-20260304.835",
            "RB-2240",
            "line_unbalanced",
            "Claim RB-2240, line 1 (99213): the charge of $180.00 less adjustments of "
            "$60.00 is not the payment of $12.00. Ask the payer.",
            "segment 412",
            1200,
            date(2026, 3, 4),
            is_payment=False,
            is_resolved=False,
        ),
        QuarantineRow(
            an_id(82),
            "bluehorizon-20260304.835",
            "",
            "other_currency",
            "Payment 4711 is in CAD, not in US dollars: nothing of it was posted.",
            "ST, segment 3",
            123456,
            date(2026, 3, 4),
            is_payment=True,
            is_resolved=True,
        ),
    ),
    holds=(
        HoldRow(
            an_id(51),
            "RB-2231",
            "Mateo Reyes",
            "The payer sent the claim on to another payer.",
            "The next payer's decision.",
            "",
            4000,
            date(2026, 3, 4),
            may_release=True,
        ),
        HoldRow(
            an_id(52),
            "RB-2232",
            "",
            "The patient share the payer states is not the sum of its reasons.",
            "A corrected decision, or a poster who confirms the adjustments.",
            "CLP05 says $40.00, the reasons say $45.00.",
            4500,
            date(2026, 3, 2),
            may_release=False,
        ),
    ),
    waiting=(
        WaitingClaimRow(
            an_id(53),
            "RB-2260",
            "Jordan Featherstonehaugh",
            "BHZ 000 777 001",
            "Blue Horizon",
            date(2026, 2, 20),
            6000,
            date(2026, 3, 4),
        ),
    ),
    silent=(
        SilentPlanRow(
            an_id(53),
            "RB-2261",
            "Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
            date(2025, 12, 20),
            (PlanToCall("Green Valley", "GV 1"), PlanToCall("Cascade Mutual", "CM 2")),
            date(2026, 1, 2),
            66,
            4000,
        ),
        SilentPlanRow(an_id(53), "RB-2262", "Ana Reyes", None, (), date(2026, 1, 3), 65, 123456),
    ),
    import_count=12,
    quarantine_count=12,
    hold_count=2,
    waiting_count=1,
    silent_count=2,
)


INSURANCE_EMPTY = InsurancePage((), (), (), (), (), 0, 0, 0, 0, 0)


QUARANTINE_LIST = ListPage(INSURANCE.quarantine, 112, 2)


WAITING_LIST = ListPage(INSURANCE.waiting, 1, 1)


SILENT_LIST = ListPage(INSURANCE.silent, 2, 1)


IMPORT_LIST = ListPage(INSURANCE.imports, 1, 1)


NOTHING_LISTED: ListPage[QuarantineRow] = ListPage((), 0, 1)


HOLD_LIST = HoldsPage(
    ListPage(INSURANCE.holds, 112, 1),
    (
        HoldKindRow(HoldKind.CROSSOVER, "The payer sent the claim on to another payer.", 80),
        HoldKindRow(HoldKind.STAFF, "A person of the practice placed this hold.", 32),
    ),
    HoldKind.CROSSOVER,
    only_mine=True,
)


ORIGIN = Origin(
    an_id(80),
    "bluehorizon-20260304.835",
    datetime(2026, 3, 4, 5, 55, tzinfo=PACIFIC),
    "CLP, segment 412",
    "4711",
    123456,
)


READ_LINES = (
    ReadLine(0, "", 0, 0, (), (("MA01", "You can ask for another look."),)),
    ReadLine(
        1,
        "99213",
        18000,
        1200,
        (
            ReadAdjustment("CO", "45", 3000, "Your insurance has a lower price than we do."),
            ReadAdjustment("PR", "1", 3000, "This is your deductible."),
        ),
        (("N999", ""),),
    ),
)


QUARANTINED = QuarantinePage(
    quarantine_id=an_id(81),
    reason=QuarantineReason.REVERSAL_AMOUNTS_DIFFER,
    message="Claim RB-2240: the payer takes back $40.00, but the decision it names paid $50.00.",
    claim=ClaimPayment(
        number="RB-2240",
        status="22",
        charge_cents=-18000,
        paid_cents=-4000,
        stated_responsibility_cents=None,
        payer_control_number="BH-1",
        service_from=date(2026, 2, 20),
    ),
    claim_id=an_id(53),
    patient_name="Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
    payer_name="Blue Horizon",
    origin=ORIGIN,
    lines=READ_LINES,
    missing_cents=0,
    may_match=True,
    outlooks=(
        ActOutlook(
            QuarantineAct.AGAIN,
            fault=Quarantine(QuarantineReason.REVERSAL_AMOUNTS_DIFFER, "As before."),
        ),
        ActOutlook(
            QuarantineAct.ACCEPTED,
            disposition=Disposition.HELD,
            claim_number="RB-2240",
            charge_cents=18000,
            paid_cents=1200,
            adjusted_cents=3000,
            share_cents=3000,
            payer_cents=10800,
            holds=("The decision was posted by hand although its amounts do not add up.",),
        ),
        ActOutlook(QuarantineAct.REPLACED),
        ActOutlook(QuarantineAct.REJECTED, credit_cents=-4000),
    ),
    candidates=tuple(
        TakeBackRow(
            an_id(number),
            an_id(53),
            "RB-2239",
            "Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
            date(2026, 2, 20),
            date(2026, 3, 1),
            18000,
            5000,
            left_cents,
        )
        for number, left_cents in ((83, 1000), (84, -1000), (85, 0))
    ),
    looked_for="RB-2239",
    resolved=None,
)


QUARANTINE_OF_ANOTHER_CLAIM = replace(
    QUARANTINED,
    reason=QuarantineReason.CHARGE_ABOVE_RECORDED,
    message="Claim RB-2240: the payer decided on $180.00, but $90.00 is on record.",
    claim=replace(QUARANTINED.claim, status="1", charge_cents=18000, paid_cents=1200),
    outlooks=(QUARANTINED.outlooks[0], QUARANTINED.outlooks[-1]),
    may_match=False,
    candidates=(),
    may_move=True,
    targets=tuple(
        MoveRow(
            an_id(number),
            claim_number,
            "Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
            date(2026, 2, 20),
            18000,
            replace(outlook, act=QuarantineAct.MOVED, claim_number=claim_number),
        )
        for number, claim_number, outlook in (
            (83, "RB-2239", QUARANTINED.outlooks[1]),
            (84, "RB-2238", QUARANTINED.outlooks[0]),
        )
    ),
)


QUARANTINE_ENDED = replace(
    QUARANTINED,
    outlooks=(),
    candidates=(),
    resolved=ResolvedFacts(
        QuarantineAct.MATCHED,
        "The payer confirmed it by phone.",
        datetime(2026, 3, 9, 9, 5, tzinfo=PACIFIC),
        "Jo Kim",
        an_id(53),
    ),
)


WHEN_ASKED = datetime(2026, 3, 4, 9, 5, tzinfo=PACIFIC)

WITHHELD = WithheldPage(
    quarantine_id=an_id(82),
    reason=QuarantineReason.OTHER_PAYEE,
    message="Payment 4711 is to NPI 1234567893, not to this practice.",
    payer_name="Blue Horizon",
    payee_name="SAMPLE PRACTICE",
    payee_identifier="1234567893",
    currency="USD",
    origin=ORIGIN,
    claim_count=62,
    claims_cents=123206,
    provider_adjustment_cents=-250,
    claims=(WithheldClaimRow("RB-2240", 18000, 1200), WithheldClaimRow("", 18000, 1200)),
    fault=None,
    resolved=None,
    asked=TakeInRow(
        reason="The NPI is mended.",
        asked_at=WHEN_ASKED,
        asked_by="Jo Kim",
        ended_at=datetime(2026, 3, 4, 9, 6, tzinfo=PACIFIC),
        still_withheld="Payment 4711 is in CAD, not in US dollars: nothing of it was posted.",
    ),
)


WITHHELD_STUCK = replace(
    WITHHELD, asked=TakeInRow("The NPI is mended.", WHEN_ASKED, "Jo Kim", None, "", is_stuck=True)
)


FILE = FilePage(
    file_id=an_id(80),
    name="bluehorizon-20260304.835",
    imported_at=datetime(2026, 3, 4, 5, 55, tzinfo=PACIFIC),
    imported_by="Jo Kim",
    byte_count=25_700_000,
    is_remittance=True,
    dispositions={
        Disposition.POSTED: Counted(128, 1234550),
        Disposition.HELD: Counted(6, 60000),
        Disposition.QUARANTINED: Counted(5, 90000),
        Disposition.DUPLICATE: Counted(1, 100),
    },
    total=Counted(140, 1384650),
    standing={one: Counted(1, 18000) for one in Standing},
    paid_cents=123456,
    finding_count=3,
    payments=(
        PaymentRow("4711", "Blue Horizon", "ACH", date(2026, 3, 3), 123456, 1200),
        PaymentRow("", "Blue Horizon", "CHK", None, 0, 0),
    ),
    quarantine=INSURANCE.quarantine,
)


CLAIM = ClaimPage(
    claim_id=an_id(53),
    claim_number="RB-2260",
    patient_name="Jordan Featherstonehaugh",
    guarantor_id=None,
    patient_id=None,
    member_identifier="BHZ 000 777 001",
    service_on=date(2026, 2, 20),
    figures=ClaimFigures(30000, 12000, 12000, 0, 6000, 0, 0),
    holds=(
        ClaimHoldRow(
            HoldKind.CROSSOVER,
            "The payer sent the claim on to another payer.",
            "The next payer's decision.",
            "Blue Horizon",
            date(2026, 3, 4),
            released_by=Releaser.POSTER,
            may_release=True,
        ),
        ClaimHoldRow(
            HoldKind.PATIENT_UNKNOWN,
            "No patient of the practice is matched to this claim.",
            "Matching the claim to a patient.",
            "Blue Horizon",
            date(2026, 3, 4),
            released_by=Releaser.NOBODY,
            may_release=False,
        ),
    ),
    decisions=tuple(
        DecisionRow(
            an_id(86),
            "Blue Horizon",
            date(2026, 3, 1),
            outcome,
            "1",
            rank=1,
            charge_cents=30000,
            paid_cents=12000,
            share_cents=6000,
            is_voided=outcome is Outcome.POSTED,
            lines=READ_LINES if outcome is Outcome.POSTED else (),
        )
        for outcome in Outcome
    ),
    candidates=(
        CandidateRow(
            an_id(54), "Jordan Featherstonehaugh", date(1990, 1, 2), "A-20999", "BHZ000777001"
        ),
        CandidateRow(an_id(55), "Jo Featherstonehaugh", None, "A-20998", ""),
    ),
    partners=(
        PartnerRow(
            an_id(78),
            "Jordan Featherstonehaugh",
            "W 1",
            date(2026, 2, 20),
            30000,
            12000,
            is_from_a_file=True,
            outlook=JoinOutlook(
                an_id(78),
                "Jordan Featherstonehaugh-Cholmondeley",
                charge_cents=30000,
                paid_cents=20000,
                adjusted_cents=6000,
                share_cents=4000,
                payer_cents=0,
                credit_cents=1500,
                holds=("Another plan may still pay.",),
            ),
        ),
        PartnerRow(an_id(79), "", "", None, 30000, 0),
    ),
    joined_to=None,
    account_number="A-20998",
    may_hold=True,
    refused_cents=1500,
    written_off_cents=500,
)


CLAIM_JOINED = replace(
    CLAIM,
    figures=ClaimFigures(0, 0, 0, 0, 0, 0, 0),
    holds=(),
    candidates=(),
    partners=(),
    joined_to=an_id(78),
)


COVERAGES = CoveragesPage(
    patient_id=an_id(71),
    patient_name="Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
    guarantor_id=GUARANTOR_ID,
    account_number="A-20411",
    coverages=(
        CoverageRow(an_id(74), "Blue Horizon PPO", "BHZ 1", 1, date(2025, 1, 1), None),
        CoverageRow(
            an_id(75),
            "Mutual of the Upper and Lower Wolfeschlegelstein Valleys",
            "GV 1",
            2,
            date(2025, 1, 1),
            date(2025, 12, 31),
        ),
        CoverageRow(an_id(76), "Green Valley", "GV 2", 3, None, date(2025, 12, 31)),
        CoverageRow(an_id(77), "Green Valley", "GV 3", 2, None, None),
    ),
    payers=((an_id(78), "Blue Horizon PPO"), (an_id(79), "Green Valley")),
)

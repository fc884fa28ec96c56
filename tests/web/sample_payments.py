"""Views of files that were sent, payers' payments, deposits and fees, as the templates expect."""

from dataclasses import replace
from datetime import UTC, date, datetime

from portal.remittances.deposits.pages import DepositPage, PartRow, PaymentsPage, ProposedMatch
from portal.remittances.deposits.payment_pages import MovedRow, PaymentRow
from portal.remittances.fees.pages import ComparedCode, ComparedLine, FeesPage, ScheduleRow
from portal.remittances.incoming.pages import UploadRow, UploadsPage
from tests.web.sample_patient_views import an_id

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
LONG = "Blue Horizon Health Partners of the Greater Willamette Valley and the Coast PPO"

CHECKED = UploadRow(
    upload_id=an_id(601),
    name="835_blue-horizon_20260306_120000_000000101_remittance_for_riverbend.835",
    byte_count=25_000,
    state="checked",
    uploaded_at=NOON,
    uploaded_by="Maximiliana Featherstonehaugh",
    ended_at=None,
    message="",
    contents={
        "kind": "835",
        "figures": {
            "claims": 12,
            "service_lines": 31,
            "charge_cents": 1_234_500,
            "paid_cents": 801_225,
            "pr_cents": 99_000,
            "unbalanced_claims": 1,
        },
        "finding_count": 60,
        "findings": [
            {"where": "CLP, segment 41", "message": "The claim does not add up: $50.00 is missing."}
        ],
    },
    report={},
    file_id=None,
)
SENT_CLAIMS = replace(
    CHECKED,
    contents={
        "kind": "837",
        "figures": {"claims": 1, "charge_cents": 9_000},
        "finding_count": 0,
        "findings": [],
    },
)
WAITING = replace(CHECKED, state="waiting")
STUCK = replace(WAITING, is_stuck=True)
FAILED = replace(CHECKED, state="failed", message="The portal failed at this file.")
REFUSED = replace(SENT_CLAIMS, state="refused", ended_at=NOON, message="The file is damaged.")
IMPORTED = replace(
    SENT_CLAIMS,
    state="imported",
    ended_at=NOON,
    report={
        "claims": 1,
        "claims_posted": 0,
        "claims_held": 0,
        "claims_quarantined": 0,
        "duplicates": 1,
    },
    file_id=an_id(602),
)
OTHER_KIND = replace(
    CHECKED, contents={**CHECKED.contents, "kind": "fhir", "finding_count": 0, "findings": []}
)
UPLOADS = UploadsPage(
    (CHECKED, WAITING, FAILED, REFUSED, IMPORTED, replace(CHECKED, state="dropped"))
)
NO_UPLOADS = UploadsPage(())

LATE = PaymentRow(
    remittance_id=an_id(611),
    payer_name=LONG,
    trace_number="EFT0000000000000000000000000001",
    method="ACH",
    effective_on=date(2026, 2, 26),
    payment_cents=80_225,
    claims_cents=85_075,
    moved=(
        MovedRow("WO", "An overpayment taken back", "ICN 2026 0001", 5_000),
        MovedRow("L6", "Interest for paying late", "", -150),
    ),
    moved_cents=4_850,
    difference_cents=0,
    to_come_cents=80_225,
    state="late",
    business_days=7,
    deposit_id=None,
    deposited_on=None,
)
AWAITED = replace(
    LATE,
    remittance_id=an_id(612),
    trace_number="77123",
    method="CHK",
    payment_cents=5_000,
    claims_cents=4_900,
    moved=(),
    moved_cents=0,
    difference_cents=100,
    to_come_cents=2_500,
    state="awaited",
    business_days=1,
)
ARRIVED = replace(
    AWAITED,
    remittance_id=an_id(613),
    state="arrived",
    deposit_id=an_id(620),
    deposited_on=date(2026, 3, 5),
)
CERTAIN = ProposedMatch(
    deposit_id=an_id(621),
    deposited_on=date(2026, 3, 6),
    amount_cents=80_225,
    reference="HCCLAIMPMT TRN*1*EFT0000000000000000000000000001*1512345678~BLUE HORIZON",
    ground="number_and_amount",
    difference_cents=0,
    payments=(LATE,),
)
PAYMENTS = PaymentsPage(
    awaited=(LATE, AWAITED),
    unmatched=(
        CERTAIN,
        replace(CERTAIN, deposit_id=an_id(622), ground="number", difference_cents=-225),
        replace(CERTAIN, deposit_id=an_id(623), ground="amount", payments=(AWAITED,)),
        replace(CERTAIN, deposit_id=an_id(624), ground="", payments=()),
    ),
    others=(
        ARRIVED,
        replace(ARRIVED, state="nothing", deposit_id=None, method="NON"),
        replace(ARRIVED, state="withheld", deposit_id=None, method="XYZ"),
    ),
)
NO_PAYMENTS = PaymentsPage((), (), ())

OPEN_DEPOSIT = DepositPage(
    deposit_id=an_id(621),
    deposited_on=date(2026, 3, 6),
    amount_cents=80_225,
    reference=CERTAIN.reference,
    source="bank_file",
    state="open",
    set_aside_reason="",
    recorded_at=NOON,
    recorded_by="Maximiliana Featherstonehaugh",
    parts=(),
    undone=(PartRow(AWAITED, 2_500, "", NOON, "Jo Kim", NOON, "Jo Kim", "It was the other check"),),
    awaited=(LATE, AWAITED),
    proposed=(LATE,),
)
MATCHED_DEPOSIT = replace(
    OPEN_DEPOSIT,
    source="typed",
    state="matched",
    parts=(
        PartRow(LATE, 80_225, "", NOON, "Jo Kim", None, "", ""),
        PartRow(None, -100, "A fee of the bank", NOON, "Jo Kim", None, "", ""),
    ),
    undone=(),
    awaited=(),
    proposed=(),
)
SET_ASIDE = replace(
    OPEN_DEPOSIT, state="set_aside", set_aside_reason="Rent", undone=(), awaited=(), proposed=()
)

FEES = FeesPage(
    days=90,
    schedules=(ScheduleRow(LONG, "87726", "prices-2026.csv", 812, NOON, "Jo Kim"),),
    codes=(
        ComparedCode(LONG, "99213", 12, 1, 90_000, 89_500),
        ComparedCode(LONG, "71046", 2, 0, 10_000, 10_000),
    ),
    differences=(
        ComparedLine(
            an_id(631), "RB-2180", LONG, "99213", ("25", "95"), date(2026, 1, 14), 2, 15_000, 14_500
        ),
    ),
    difference_count=1,
    line_count=14,
    short_cents=500,
    over_cents=0,
)
NO_FEES = FeesPage(90, (), (), (), 0, 0, 0, 0)

"""Why a claim is kept off statements: each kind with its meaning, its end, and who may end it.

A hold stops billing, never posting. Kinds and sentences are data with a date, for staff to read;
``hold_rules`` says when each begins and ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

AS_OF = date(2026, 8, 17)


class HoldKind(StrEnum):
    """Stable names: they are stored, and printed by ``claims list``."""

    PATIENT_UNKNOWN = "patient_unknown"
    STAFF = "staff"
    ADJUSTMENT_PUT_BACK = "adjustment_put_back"
    DISPUTED = "disputed"
    # Another payer, or another decision, is still to come.
    CROSSOVER = "crossover"
    LATER_COVERAGE = "later_coverage"
    FIRST_PAYER_NOT_SEEN = "first_payer_not_seen"
    EARLIER_PLAN_CHANGED = "earlier_plan_changed"
    AWAITING_CORRECTION = "awaiting_correction"
    DECIDED_AGAIN = "decided_again"
    SAME_RANK_TWICE = "same_rank_twice"
    POSSIBLY_ONE_CLAIM = "possibly_one_claim"
    SECONDARY_DENIED = "secondary_denied"
    UNDER_REVIEW = "under_review"
    OTHER_INSURANCE = "other_insurance"
    WRONG_PAYER = "wrong_payer"
    OTHER_LIABILITY = "other_liability"
    PATIENT_NOT_RECOGNIZED = "patient_not_recognized"
    PATIENT_INFORMATION = "patient_information"
    SEND_AGAIN = "send_again"
    STATUS_UNKNOWN = "status_unknown"
    # The decision itself has to be looked at.
    RESPONSIBILITY_DIFFERS = "responsibility_differs"
    NEGATIVE_RESPONSIBILITY = "negative_responsibility"
    NEGATIVE_PAYMENT = "negative_payment"
    CHARGE_DIFFERS = "charge_differs"
    GROUP_UNKNOWN = "group_unknown"
    FIGURES_ACCEPTED = "figures_accepted"
    # The law, or a program, limits what may be asked of the patient.
    QUALIFIED_MEDICARE_BENEFICIARY = "qualified_medicare_beneficiary"
    MEDICAID = "medicaid"
    NO_SURPRISES = "no_surprises"
    SAID_NOT_OWED = "said_not_owed"
    BALANCE_BILL = "balance_bill"
    SPECIAL_PAYER = "special_payer"
    PAID_TO_PATIENT = "paid_to_patient"
    SPENDING_ACCOUNT = "spending_account"
    DENIAL_REVIEW = "denial_review"  # only where the practice's policy says so
    REFUND_DUE = "refund_due"


class Releaser(StrEnum):
    """The least role that may release a hold by hand, with a reason."""

    POSTER = "poster"
    MANAGER = "manager"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class HoldExplanation:
    """What staff read beside a hold."""

    means: str
    ends_with: str
    released_by: Releaser


HOLDS: Mapping[HoldKind, HoldExplanation] = {
    HoldKind.PATIENT_UNKNOWN: HoldExplanation(
        "No patient of the practice is matched to this claim.",
        "Matching the claim to a patient.",
        Releaser.NOBODY,
    ),
    HoldKind.STAFF: HoldExplanation(
        "A person of the practice placed this hold.", "The person who releases it.", Releaser.POSTER
    ),
    HoldKind.DISPUTED: HoldExplanation(
        "The person who pays told us that something is wrong with this visit: a case is open.",
        "Closing the case.",
        Releaser.NOBODY,
    ),
    HoldKind.ADJUSTMENT_PUT_BACK: HoldExplanation(
        "The practice had let off some of the share, and a payer's later decision left no room "
        "for it.",
        "A poster, once the practice's system has sent the adjustment again, or gives it up.",
        Releaser.POSTER,
    ),
    HoldKind.CROSSOVER: HoldExplanation(
        "The payer sent the claim on to another payer (CLP02 19, 20, 21 or 23; NM1*TT; MA18, MA07, "
        "N89).",
        "The next payer's decision.",
        Releaser.POSTER,
    ),
    HoldKind.LATER_COVERAGE: HoldExplanation(
        "The patient has another coverage for that day which has not decided yet.",
        "That payer's decision; after 45 days it is on the staff list.",
        Releaser.POSTER,
    ),
    HoldKind.FIRST_PAYER_NOT_SEEN: HoldExplanation(
        "A later payer decided, and no decision of an earlier one is here.",
        "The earlier payer's remittance.",
        Releaser.POSTER,
    ),
    HoldKind.EARLIER_PLAN_CHANGED: HoldExplanation(
        "An earlier payer changed its decision after a later one had relied on it.",
        "A new decision of the later payer.",
        Releaser.POSTER,
    ),
    HoldKind.AWAITING_CORRECTION: HoldExplanation(
        "The payer took its decision back (CLP02 22) and has not sent the corrected one.",
        "The corrected decision of the same payer.",
        Releaser.POSTER,
    ),
    HoldKind.DECIDED_AGAIN: HoldExplanation(
        "The payer decided the claim a second time, differently, without taking the first back.",
        "The reversal of one of the two, or a poster who says which stands.",
        Releaser.POSTER,
    ),
    HoldKind.SAME_RANK_TWICE: HoldExplanation(
        "Two payers both decided as if they came at the same place in line.",
        "A corrected decision of one of them, or a poster.",
        Releaser.POSTER,
    ),
    HoldKind.POSSIBLY_ONE_CLAIM: HoldExplanation(
        "Another payer decided under the same claim number and day, but the person or the lines do "
        "not agree: its decision stands as a claim of its own, and may belong to this one.",
        "Joining the two claims, or matching the other one to the same patient; or a poster who "
        "knows that they are two.",
        Releaser.POSTER,
    ),
    HoldKind.SECONDARY_DENIED: HoldExplanation(
        "A later payer refused the claim without making it the patient's share.",
        "A new decision after rebilling or appeal.",
        Releaser.POSTER,
    ),
    HoldKind.UNDER_REVIEW: HoldExplanation(
        "The payer says a line is still being reviewed (CARC 133).",
        "The reversal and correction that follow the review.",
        Releaser.POSTER,
    ),
    HoldKind.OTHER_INSURANCE: HoldExplanation(
        "The payer believes that another insurance comes first (CARC 22).",
        "A decision of another payer, or the patient's answer.",
        Releaser.POSTER,
    ),
    HoldKind.WRONG_PAYER: HoldExplanation(
        "The claim belongs to another payer (CARC 109, B11), such as a hospice (B9).",
        "A decision of another payer.",
        Releaser.POSTER,
    ),
    HoldKind.OTHER_LIABILITY: HoldExplanation(
        "The payer sees a work injury, an accident or a liability case (CARC 19, 20, 21).",
        "The patient's answer.",
        Releaser.POSTER,
    ),
    HoldKind.PATIENT_NOT_RECOGNIZED: HoldExplanation(
        "The payer cannot find the patient (CARC 31, 140).",
        "A decision after the insurance card was checked.",
        Releaser.POSTER,
    ),
    HoldKind.PATIENT_INFORMATION: HoldExplanation(
        "The payer waits for an answer from the patient (CARC 227, N179).",
        "A new decision; the patient is told what is asked, not to pay.",
        Releaser.POSTER,
    ),
    HoldKind.SEND_AGAIN: HoldExplanation(
        "The payer leaves a share, and yet wants the claim sent again (CARC 239, MA130).",
        "The decision on the claim sent again, or a poster who knows that it stays as it is.",
        Releaser.POSTER,
    ),
    HoldKind.STATUS_UNKNOWN: HoldExplanation(
        "The claim status (CLP02) is none that a payer may send in a final decision.",
        "A new decision, or a poster who knows what the payer means.",
        Releaser.POSTER,
    ),
    HoldKind.RESPONSIBILITY_DIFFERS: HoldExplanation(
        "The patient share the payer states (CLP05) is not the sum of its PR adjustments.",
        "A corrected decision, or a poster who confirms the adjustments.",
        Releaser.POSTER,
    ),
    HoldKind.NEGATIVE_RESPONSIBILITY: HoldExplanation(
        "A PR adjustment below zero makes the share unclear.",
        "A corrected decision, or a poster.",
        Releaser.POSTER,
    ),
    HoldKind.NEGATIVE_PAYMENT: HoldExplanation(
        "The payer paid less than nothing without a reversal (CLP02 22).",
        "A corrected decision, or a poster.",
        Releaser.POSTER,
    ),
    HoldKind.CHARGE_DIFFERS: HoldExplanation(
        "The payer decided on a smaller charge than the one on record.",
        "A decision on the whole claim, or a poster.",
        Releaser.POSTER,
    ),
    HoldKind.GROUP_UNKNOWN: HoldExplanation(
        "An adjustment has a group code that does not say who owes.",
        "A corrected decision, or a poster; the amount never reaches the patient.",
        Releaser.POSTER,
    ),
    HoldKind.FIGURES_ACCEPTED: HoldExplanation(
        "The decision was posted by hand although its amounts do not add up.",
        "A corrected decision, or a manager who knows the patient's share.",
        Releaser.MANAGER,
    ),
    HoldKind.QUALIFIED_MEDICARE_BENEFICIARY: HoldExplanation(
        "The patient is protected from cost sharing (N781-N783, N192, CARC 209, 303): "
        "42 USC 1396a(n)(3)(B).",
        "Nothing: the share stays with the payers and is never billed.",
        Releaser.NOBODY,
    ),
    HoldKind.MEDICAID: HoldExplanation(
        "Medicaid is involved, and the share has reasons other than 3, 66 and 142.",
        "A decision that leaves only those reasons, or a manager.",
        Releaser.MANAGER,
    ),
    HoldKind.NO_SURPRISES: HoldExplanation(
        "The No Surprises Act applies (N830, N859-N879), and the share is not only deductible, "
        "coinsurance or copay, or the notice and consent are in question (N876, N878).",
        "A corrected decision, or a manager.",
        Releaser.MANAGER,
    ),
    HoldKind.SAID_NOT_OWED: HoldExplanation(
        "The payer says that the patient is not to pay (M27, M39, N172, N364, N563, N833, N842, "
        "N905), and yet leaves them a share.",
        "A corrected decision, or a poster who asked the payer.",
        Releaser.POSTER,
    ),
    HoldKind.BALANCE_BILL: HoldExplanation(
        "The share contains what the plan calls above its price (PR-45).",
        "A manager who knows that the balance may be billed.",
        Releaser.MANAGER,
    ),
    HoldKind.SPECIAL_PAYER: HoldExplanation(
        "Workers' compensation, auto, liability or VA (CLP06 WC, AM, LM, VA): the patient may owe "
        "nothing at all.",
        "A manager.",
        Releaser.MANAGER,
    ),
    HoldKind.PAID_TO_PATIENT: HoldExplanation(
        "The payer paid the patient instead of the practice (CARC 100).",
        "A poster who checked what the patient received.",
        Releaser.POSTER,
    ),
    HoldKind.SPENDING_ACCOUNT: HoldExplanation(
        "The payer says that an account of the patient's plan pays a part (PR-187).",
        "A poster who checked what that account paid.",
        Releaser.POSTER,
    ),
    HoldKind.DENIAL_REVIEW: HoldExplanation(
        "The payer paid nothing and left the patient a share for other reasons than deductible, "
        "coinsurance and copay (CARC 1, 2, 3): the practice looks first.",
        "A corrected decision, a poster, or 10 days.",
        Releaser.POSTER,
    ),
    HoldKind.REFUND_DUE: HoldExplanation(
        "The payer says the patient paid too much and must be refunded in 30 days (MA59, MA72, "
        "CARC A0).",
        "A manager, once the refund is paid or found not to be due.",
        Releaser.MANAGER,
    ),
}

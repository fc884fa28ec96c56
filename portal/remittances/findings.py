"""What a reader may say about a remittance file: stable codes that code and people rely on."""

from enum import StrEnum


class UnreadableRemittanceError(ValueError):
    """A file no claim may be taken from. Its text is one sentence for the person who sent it."""


class FindingCode(StrEnum):
    """Why a biller should look. The values are in the JSON of ``era check``: never change one."""

    # On a claim. The first four mean that its figures do not hold: see UNBALANCED.
    AMOUNT_UNREADABLE = "amount_unreadable"  # a CLP, SVC or CAS amount is no number: counted as 0
    LINE_UNBALANCED = "line_unbalanced"  # SVC02 less the line's CAS is not SVC03
    CLAIM_UNBALANCED = "claim_unbalanced"  # CLP03 less every CAS is not CLP04
    LINES_DIFFER_FROM_CLAIM = "lines_differ_from_claim"  # the sum of SVC02 is not CLP03
    RESPONSIBILITY_DIFFERS = "responsibility_differs"  # CLP05 is not the sum of PR, no reversal
    AMOUNT_MISSING = "amount_missing"  # SVC02, SVC03 or a CAS amount is empty: counted as 0
    INFORMATION_UNREADABLE = "information_unreadable"  # an AMT is no number: left out
    DATE_UNREADABLE = "date_unreadable"  # left out; also on a transaction
    ADJUSTMENT_GAP = "adjustment_gap"  # an empty CAS triplet before a filled one: both read
    REASON_MISSING = "reason_missing"  # a CAS amount without a reason code
    UNKNOWN_GROUP = "unknown_group"  # CAS01: kept, never billed
    UNKNOWN_REASON = "unknown_reason"  # CAS02 and on: kept
    UNKNOWN_CLAIM_STATUS = "unknown_claim_status"  # CLP02: kept

    # On a claim of an 837 only. See NOT_RECORDED.
    AMOUNT_NEGATIVE = "amount_negative"  # CLM02 or a line is below zero
    LINES_MISSING = "lines_missing"  # no service line at all
    NUMBER_MISSING = "number_missing"  # CLM01 is empty: no remittance could name the claim
    LEVEL_BROKEN = "level_broken"  # HL: whose claim it is cannot be told; also on the file
    UNKNOWN_RANK = "unknown_rank"  # SBR01 says no place in line: that plan is not put on file
    POINTER_UNREADABLE = "pointer_unreadable"  # to a diagnosis that is not there: left out

    # On a transaction (in its trailer).
    TRANSACTION_UNBALANCED = "transaction_unbalanced"  # sum of CLP04 less PLB is not BPR02
    PAYMENT_UNREADABLE = "payment_unreadable"  # BPR02 is missing or no number: counted as 0
    PROVIDER_ADJUSTMENT_UNREADABLE = "provider_adjustment_unreadable"  # a PLB amount: counted as 0
    OTHER_CURRENCY = "other_currency"  # CUR02 is not USD: nothing of the payment is posted
    TRACE_MISSING = "trace_missing"  # no TRN02: a repeat of the payment cannot be told
    SEGMENT_COUNT_DIFFERS = "segment_count_differs"  # SE01
    TRANSACTION_REPEATED = "transaction_repeated"  # the same control and trace numbers again

    # On the file.
    ENVELOPE_MISSING = "envelope_missing"  # no ISA, or a segment that closes what was not open
    ISA_MALFORMED = "isa_malformed"  # not fixed width: delimiters found by other means
    TEXT_BEFORE_ENVELOPE = "text_before_envelope"  # left out
    CONTROL_NUMBER_DIFFERS = "control_number_differs"  # ST/SE (in the trailer), GS/GE, ISA/IEA
    CONTROL_COUNT_DIFFERS = "control_count_differs"  # GE01 transactions, IEA01 groups
    UNKNOWN_VERSION = "unknown_version"  # GS08 is of none of the guides the reader knows
    COMPONENT_DIFFERS = "component_differs"  # an 837 separates components otherwise than ISA16 says
    OTHER_TRANSACTION = "other_transaction"  # an ST of another kind beside one that fits: left out
    MISPLACED_SEGMENT = "misplaced_segment"  # a segment where no loop takes it: left out
    UNKNOWN_SEGMENT = "unknown_segment"  # left out; told once for each name
    REFERENCE_MISSING = "reference_missing"  # FHIR: it points to what is not in the file
    RESOURCE_UNREADABLE = "resource_unreadable"  # FHIR: it is none of R4
    RESOURCE_LEFT_OUT = "resource_left_out"  # FHIR: of a kind, or in a state, that tells nothing
    NOTICE_UNUSABLE = "notice_unusable"  # FHIR: nothing of an explanation of benefits is posted
    MORE_FINDINGS = "more_findings"  # `era check` alone: what a list for people has no room for


UNBALANCED = frozenset(
    {
        FindingCode.AMOUNT_UNREADABLE,
        FindingCode.LINE_UNBALANCED,
        FindingCode.CLAIM_UNBALANCED,
        FindingCode.LINES_DIFFER_FROM_CLAIM,
    }
)
"""Findings that keep a claim out of the journal: its figures cannot be posted without a guess."""

NOT_RECORDED = frozenset(
    {
        FindingCode.AMOUNT_UNREADABLE,
        FindingCode.AMOUNT_MISSING,
        FindingCode.AMOUNT_NEGATIVE,
        FindingCode.LINES_DIFFER_FROM_CLAIM,
        FindingCode.LINES_MISSING,
        FindingCode.NUMBER_MISSING,
        FindingCode.LEVEL_BROKEN,
    }
)
"""Findings that keep a claim of an 837 from being recorded as billed."""

"""Why nothing at all is asked of one person: each kind with its name, and who may end it.

Staff place such a hold on an account, never a payer. While one stands no statement is issued, no
message goes out, nothing of the account is billable; what is owed and what payers decide is posted
as ever. The words for staff are in templates/desk/account_holds.html.
"""

from enum import StrEnum


class AccountHoldKind(StrEnum):
    """Stable names: they are stored, and printed by ``claims list``."""

    BANKRUPTCY = "bankruptcy"  # 11 USC 362: nothing may be asked for by any means
    DECEASED = "deceased"  # what is owed is asked of the estate, by staff
    LEGAL_CASE = "legal_case"  # an attorney, or somebody else's liability
    RETURNED_LETTER = "returned_letter"
    DO_NOT_BILL = "do_not_bill"
    DISPUTED = "disputed"
    ASSISTANCE_PENDING = "assistance_pending"


ENDED_BY_A_MANAGER = frozenset(
    {
        AccountHoldKind.BANKRUPTCY,
        AccountHoldKind.DECEASED,
        AccountHoldKind.LEGAL_CASE,
        AccountHoldKind.DO_NOT_BILL,
    }
)
"""Asking too early would break the law or the practice's word. The rest the desk ends itself."""


def may_end(kind: AccountHoldKind, *, is_manager: bool) -> bool:
    """Whether somebody of the desk may end it; everybody there may place each kind."""
    return is_manager or kind not in ENDED_BY_A_MANAGER

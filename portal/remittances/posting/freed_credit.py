"""Credit that a payer's later decision frees after somebody paid: staff are told, one by guarantor.

What waits for a correction is not free, and what refunds under way take is not there.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from portal.db import LoaderTransaction
from portal.domain.claim_position import ClaimPosition
from portal.domain.money import format_usd
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, task_opening
from portal.remittances.posting.waiting_credit import free_credit


def frees_credit(before: ClaimPosition, after: ClaimPosition) -> bool:
    """Whether something that had paid the claim, or waited for it, is plain credit now."""
    return after.put_to_it_cents < before.put_to_it_cents


def tell_of_freed_credit(
    transaction: LoaderTransaction, guarantor_ids: Collection[UUID], *, now: datetime
) -> None:
    """When all decisions are loaded: open or renew a task for each who has credit now."""
    practice_id = transaction.practice_id
    for guarantor_id, cents in free_credit(
        transaction.connection, practice_id, guarantor_ids
    ).items():
        if cents > 0:
            transaction.execute(
                task_opening(
                    practice_id,
                    kind=UNAPPLIED_CREDIT_TASK,
                    subject_id=guarantor_id,
                    message=f"{format_usd(cents)} of what was paid is more than is owed since "
                    "payers decided anew. Refund it or use it for another bill.",
                    now=now,
                )
            )

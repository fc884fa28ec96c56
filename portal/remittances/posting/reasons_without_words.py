"""Reasons that payers left to patients and that nobody has plain words for: staff are told once."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from portal.db import LoaderTransaction
from portal.domain.reasons.catalogue import is_known
from portal.practice.models import Task
from portal.practice.tasks import subject_of, task_opening

TASK_WITHOUT_WORDS: Final = "reason_without_words"


def tell_of_reasons_without_words(
    transaction: LoaderTransaction, reasons: Collection[str], *, now: datetime
) -> None:
    """One task a reason (CARC, group PR), ever: who reads of it reads a general sentence."""
    practice_id = transaction.practice_id
    unknown = {
        subject_of(practice_id, f"reason:{code}"): code for code in reasons if not is_known(code)
    }
    if not unknown:
        return
    told = transaction.connection.scalars(
        select(Task.subject_id).where(
            Task.practice_id == practice_id,
            Task.kind == TASK_WITHOUT_WORDS,
            Task.subject_id == func.any(list(unknown)),
        )
    ).all()
    for subject_id in unknown.keys() - set(told):
        message = f"There are no plain words yet for the reason {unknown[subject_id]} of a share."
        transaction.execute(
            task_opening(
                practice_id,
                kind=TASK_WITHOUT_WORDS,
                subject_id=subject_id,
                message=message,
                now=now,
            )
        )

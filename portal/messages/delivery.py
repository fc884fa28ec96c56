"""What became of a message after the mail server had taken it, as the server reports later.

A message that came back stays so: another server's word that it arrived may be of a copy.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.delivery_reports import DeliveryReport, Fate
from portal.db import practice_of
from portal.messages.models import Message
from portal.messages.service import (
    ABOUT_CASES,
    CASE_NOT_TOLD_TASK,
    MessageState,
    MessageTemplate,
)
from portal.practice.tasks import open_task

_MAIL_NAME = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})", re.ASCII)
_AFTER: Final[Mapping[Fate, MessageState]] = {
    Fate.DELIVERED: MessageState.DELIVERED,
    Fate.FAILED: MessageState.BOUNCED,
}
_MOVES: Final[Mapping[MessageState, frozenset[MessageState]]] = {
    MessageState.SENT: frozenset({MessageState.DELIVERED, MessageState.BOUNCED}),
    MessageState.DELIVERED: frozenset({MessageState.BOUNCED}),
    MessageState.BOUNCED: frozenset(),
}


class UnknownMessageError(LookupError):
    """A report about no message that we sent."""

    def __init__(self) -> None:
        super().__init__("This delivery report is about no message that the portal sent.")


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A message after a report; ``has_moved`` is false when the report brought nothing new."""

    state: MessageState
    has_moved: bool
    template: MessageTemplate
    subject_id: UUID


def read_mail_names(names: Iterable[str]) -> tuple[UUID, UUID]:
    """Practice and message of the first name that is one of ours. Raises UnknownMessageError."""
    for name in names:
        found = _MAIL_NAME.fullmatch(name.lower())
        if found:
            return UUID(found[1]), UUID(found[2])
    raise UnknownMessageError


def note_report(
    session: Session, message_id: UUID, report: DeliveryReport, *, now: datetime
) -> ReportedMessage:
    """Record a report; a message that came back becomes a task. Raises UnknownMessageError."""
    message = session.scalar(
        select(Message)
        .where(
            Message.practice_id == practice_of(session),
            Message.message_id == message_id,
            Message.state.in_(_MOVES),  # one that still waits was sent by nobody
        )
        .with_for_update()
    )
    if message is None:
        raise UnknownMessageError
    present = MessageState(message.state)
    after = _AFTER.get(report.fate, present)
    has_moved = after in _MOVES[present]
    if has_moved:
        message.state, message.state_at, message.detail = after.value, now, status_of(report)
        if after is MessageState.BOUNCED:
            _ask_staff(session, message, report, now=now)
    return ReportedMessage(
        after if has_moved else present,
        has_moved,
        MessageTemplate(message.template),
        message.subject_id,
    )


def _ask_staff(
    session: Session, message: Message, report: DeliveryReport, *, now: datetime
) -> None:
    """About who pays; of mail about a case, which went to whoever opened it, about the case."""
    is_about_case = message.template in ABOUT_CASES
    open_task(
        session,
        kind=CASE_NOT_TOLD_TASK if is_about_case else "message_bounced",
        subject_id=message.subject_id if is_about_case else message.guarantor_id,
        message=f"An e-mail came back: {status_of(report) or 'no reason given'}.",
        now=now,
    )


def status_of(report: DeliveryReport) -> str:
    """The code alone: what servers write beside it names addresses."""
    return f"status {report.status}" if report.status else ""

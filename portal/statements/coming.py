"""What is agreed to be charged for a statement: payments know, whoever composes hands it over."""

from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session


class ComingPayment(Protocol):
    """A charge that is planned or under way."""

    @property
    def scheduled_id(self) -> UUID: ...
    @property
    def origin(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def amount_cents(self) -> int: ...
    @property
    def on(self) -> date: ...


class ScheduledOfStatement(Protocol):
    """Answers whether a statement will be charged by itself, and when."""

    def __call__(self, session: Session, statement_id: UUID, /) -> ComingPayment | None: ...

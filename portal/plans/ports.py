"""What plans ask of payments: whoever composes the portal hands over the answers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.allocation import Allocation
from portal.domain.charge_schedule import ScheduledState
from portal.domain.journal import Target


class MethodOnFile(Protocol):
    """A way to pay that a person keeps. ``name`` is for sentences: "Visa ending 4242".

    ``expires``: "", "soon" or "over". ``stands_for``: the same number as it was saved before;
    what was agreed to for that goes on with this one.
    """

    @property
    def method_id(self) -> UUID: ...
    @property
    def stands_for(self) -> frozenset[UUID]: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def last4(self) -> str: ...
    @property
    def exp_month(self) -> int | None: ...
    @property
    def exp_year(self) -> int | None: ...
    @property
    def is_default(self) -> bool: ...
    @property
    def expires(self) -> str: ...


class MethodsOnFile(Protocol):
    """What a person keeps now, oldest first."""

    def __call__(
        self, session: Session, guarantor_id: UUID, /, *, language: str, today: date
    ) -> Sequence[MethodOnFile]: ...


def method_of(on_file: Sequence[MethodOnFile], method_id: UUID | None) -> MethodOnFile | None:
    """The one that was chosen, or the same saved again; None when it is kept no more."""
    return next(
        (one for one in on_file if method_id == one.method_id or method_id in one.stands_for), None
    )


class MethodKinds(Protocol):
    """The kind of each of these ways to pay, of those that are kept or were."""

    def __call__(self, session: Session, method_ids: Collection[UUID], /) -> Mapping[UUID, str]: ...


class ChargesOfPlans(Protocol):
    """How the newest charge of each installment of these plans stands, by installment."""

    def __call__(
        self, session: Session, plan_ids: Collection[UUID], /
    ) -> Mapping[UUID, ScheduledState]: ...


class PlansPaidSince(Protocol):
    """Plans whose payments moved, arrived or came to nothing since then."""

    def __call__(self, session: Session, since: datetime, /) -> Collection[UUID]: ...


class ComingToLines(Protocol):
    """What banks are at work on for no plan, by the line it would be put to at this moment."""

    def __call__(self, session: Session, guarantor_id: UUID, /) -> Mapping[Target, int]: ...


class FollowPlan(Protocol):
    """A plan has changed in this transaction: its charges to come follow at once."""

    def __call__(
        self, session: Session, plan_id: UUID, /, *, today: date, now: datetime
    ) -> None: ...


class PutOwnCredit(Protocol):
    """Credit of payments made for a plan pays these lines of it, at most so much: what it paid."""

    def __call__(
        self,
        session: Session,
        plan_id: UUID,
        guarantor_id: UUID,
        lines: Collection[Target],
        /,
        *,
        most_cents: int,
        now: datetime,
    ) -> int: ...


class PlansWithOwnCredit(Protocol):
    """Plans of any state of whose payments a part is a credit, free to be used or not yet."""

    def __call__(self, session: Session, /) -> Collection[UUID]: ...


class ChargeOfPlan(Protocol):
    """One charge of one of a plan's payments, as it stands. ``on``: its day, or the next try's."""

    @property
    def installment_id(self) -> UUID | None: ...
    @property
    def state(self) -> ScheduledState: ...
    @property
    def reason(self) -> str: ...
    @property
    def amount_cents(self) -> int: ...
    @property
    def on(self) -> date: ...
    @property
    def method_kind(self) -> str: ...
    @property
    def method_brand(self) -> str: ...
    @property
    def method_last4(self) -> str: ...


class ChargeRows(Protocol):
    """Every charge there was of a plan, the newest last."""

    def __call__(self, session: Session, plan_id: UUID, /) -> Sequence[ChargeOfPlan]: ...


class VisitsBilled(Protocol):
    """Of these visits, those that a statement which stands has asked for."""

    def __call__(self, session: Session, claim_ids: Collection[UUID], /) -> Collection[UUID]: ...


class PostDetails(Protocol):
    """Account, visits and lines of these parts, as the practice's own system names them."""

    def __call__(
        self, session: Session, guarantor_id: UUID, parts: Sequence[Allocation], /
    ) -> Mapping[str, Any]: ...

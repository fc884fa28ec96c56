"""Plans examined: versions, rows, events and consents that must say the same. Empty means sound."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, String, Uuid, column, exists, func, or_, select, table, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.db import SCHEMA, practice_of
from portal.domain.plans.schedule import Installment, InstallmentKind
from portal.domain.plans.states import LIVE, UNDECIDED, InstallmentState, PlanState
from portal.ledger.checks import CheckFinding
from portal.ledger.models import PlanInstallment, PlanLine
from portal.plans.models import Plan, PlanConsent, PlanEvent
from portal.plans.models import PlanVersion as PlanVersionRow
from portal.plans.store import hash_of, version_from_json
from portal.practice.models import Claim

_TRIES: Final = table(  # of a feature beside this one: what was charged for plans, and to what
    "scheduled_tries",
    column("practice_id", Uuid),
    column("payment_id", Uuid),
    column("payment_method_id", String),
    schema=SCHEMA,
)
_PAYMENTS: Final = table(
    "payments",
    column("practice_id", Uuid),
    column("payment_id", Uuid),
    column("plan_id", Uuid),
    column("created_at", DateTime(timezone=True)),
    schema=SCHEMA,
)
_METHODS: Final = table(
    "saved_methods",
    column("practice_id", Uuid),
    column("method_id", Uuid),
    column("payment_method_id", String),
    column("replaced_by", Uuid),
    schema=SCHEMA,
)
_AT_A_TIME: Final = 1_000


def checks(session: Session) -> Iterator[CheckFinding]:
    """Everything plans can say about themselves in this transaction's practice."""
    yield from _versions(session)
    yield from _rows(session)
    yield from _consents(session)
    yield from _charged(session)
    yield from _events(session)
    yield from _covers(session)
    yield from _lines(session)


def _versions(session: Session) -> Iterator[CheckFinding]:
    """Each adds up to its principal, and its hash is that of its days and amounts."""
    rows = session.execute(
        select(
            PlanVersionRow.plan_id,
            PlanVersionRow.version,
            PlanVersionRow.principal_cents,
            PlanVersionRow.schedule,
            PlanVersionRow.schedule_hash,
        )
        .where(PlanVersionRow.practice_id == practice_of(session))
        .execution_options(yield_per=_AT_A_TIME)
    )
    for row in rows:
        named = f"Version {row.version} of plan {row.plan_id}"
        version = version_from_json(row.schedule)
        if version.principal_cents != row.principal_cents or version.number != row.version:
            yield CheckFinding("plan_schedule", f"{named} does not add up to its principal.")
        if hash_of(version) != row.schedule_hash:
            yield CheckFinding("plan_schedule", f"{named} is not what its hash says.")


def _rows(session: Session) -> Iterator[CheckFinding]:
    """The installments of a plan are those of the version that holds, and nothing else."""
    practice_id = practice_of(session)
    plans = session.execute(
        select(Plan.plan_id, Plan.principal_cents, PlanVersionRow.schedule)
        .outerjoin(
            PlanVersionRow,
            (PlanVersionRow.practice_id == practice_id)
            & (PlanVersionRow.plan_id == Plan.plan_id)
            & (PlanVersionRow.version == Plan.version),
        )
        .where(Plan.practice_id == practice_id)
        .order_by(Plan.plan_id)
    ).all()
    for start in range(0, len(plans), _AT_A_TIME):
        some = plans[start : start + _AT_A_TIME]
        written = _written(session, [plan.plan_id for plan in some])
        for plan in some:
            version = version_from_json(plan.schedule) if plan.schedule else None
            if (
                version is None
                or version.principal_cents != plan.principal_cents
                or {one.number: one for one in version.installments} != written[plan.plan_id]
            ):
                message = f"Plan {plan.plan_id} is not as its last version says."
                yield CheckFinding("plan_schedule", message)


def _written(session: Session, plan_ids: list[UUID]) -> dict[UUID, dict[int, Installment]]:
    """As the installments' own rows have them; those that fell away are left out."""
    rows = session.scalars(
        select(PlanInstallment).where(
            PlanInstallment.practice_id == practice_of(session),
            PlanInstallment.plan_id.in_(plan_ids),
            PlanInstallment.state != InstallmentState.SUPERSEDED.value,
        )
    )
    written: dict[UUID, dict[int, Installment]] = {plan_id: {} for plan_id in plan_ids}
    for row in rows:
        written[row.plan_id][row.number] = Installment(
            number=row.number,
            due_on=row.due_on,
            cents=row.amount_cents,
            kind=InstallmentKind(row.kind),
            waived_cents=row.waived_cents,
            moved_from=row.moved_from,
        )
    return written


def _consents(session: Session) -> Iterator[CheckFinding]:
    """Nothing counts without a word for a schedule the plan had."""
    practice_id = practice_of(session)
    undecided = [state.value for state in UNDECIDED | {PlanState.VOID}]
    without = session.scalars(
        select(Plan.plan_id).where(
            Plan.practice_id == practice_id,
            Plan.state.not_in(undecided),
            or_(Plan.consent_id.is_(None), Plan.consented_on.is_(None)),
        )
    )
    for plan_id in without:
        yield CheckFinding("plan_consent", f"Plan {plan_id} counts, and nobody agreed to it.")
    is_of_a_version = exists().where(
        PlanVersionRow.practice_id == practice_id,
        PlanVersionRow.plan_id == PlanConsent.plan_id,
        PlanVersionRow.schedule_hash == PlanConsent.schedule_hash,
    )
    strays = session.scalars(
        select(PlanConsent.consent_id).where(
            PlanConsent.practice_id == practice_id, ~is_of_a_version
        )
    )
    for consent_id in strays:
        message = f"Consent {consent_id} is to a schedule that its plan never had."
        yield CheckFinding("plan_consent", message)


def _charged(session: Session) -> Iterator[CheckFinding]:
    """Each charge was made from what the newest word before it names, or from its successor."""
    practice_id = practice_of(session)
    word = (
        select(PlanConsent.way, PlanConsent.method_id)
        .where(
            PlanConsent.practice_id == practice_id,
            PlanConsent.plan_id == _PAYMENTS.c.plan_id,
            PlanConsent.given_at <= _PAYMENTS.c.created_at,
        )
        .order_by(PlanConsent.given_at.desc())
        .limit(1)
        .lateral()
    )
    rows = session.execute(
        select(
            _TRIES.c.payment_id, _METHODS.c.method_id.label("used"), word.c.method_id, word.c.way
        )
        .join(
            _PAYMENTS,
            (_PAYMENTS.c.practice_id == practice_id)
            & (_PAYMENTS.c.payment_id == _TRIES.c.payment_id),
        )
        .join(
            _METHODS,
            (_METHODS.c.practice_id == practice_id)
            & (_METHODS.c.payment_method_id == _TRIES.c.payment_method_id),
        )
        .outerjoin(word, true())
        .where(
            _TRIES.c.practice_id == practice_id,
            _PAYMENTS.c.plan_id.is_not(None),
            func.coalesce(word.c.way, "none") != "",
            word.c.method_id.is_distinct_from(_METHODS.c.method_id),
        )
    ).all()
    followed_by = _replaced(session) if rows else {}
    for row in rows:
        if row.way is None:
            message = f"Payment {row.payment_id} is of a plan that nobody had agreed to."
            yield CheckFinding("plan_consent", message)
        elif row.used not in _followers(row.method_id, followed_by):
            message = f"Payment {row.payment_id} was charged to what nobody had agreed to."
            yield CheckFinding("plan_consent", message)


def _replaced(session: Session) -> dict[UUID | None, UUID]:
    """What was saved again, and as what."""
    rows = session.execute(
        select(_METHODS.c.method_id, _METHODS.c.replaced_by).where(
            _METHODS.c.practice_id == practice_of(session), _METHODS.c.replaced_by.is_not(None)
        )
    )
    return {row.method_id: row.replaced_by for row in rows}


def _followers(method_id: UUID | None, followed_by: dict[UUID | None, UUID]) -> Iterator[UUID]:
    while method_id in followed_by:
        method_id = followed_by[method_id]
        yield method_id


def _events(session: Session) -> Iterator[CheckFinding]:
    """The last event of a plan, and of each installment, is where it stands."""
    practice_id = practice_of(session)
    newest = (
        select(PlanEvent.plan_id, PlanEvent.installment_number, PlanEvent.state)
        .ext(distinct_on(PlanEvent.plan_id, PlanEvent.installment_number))
        .where(PlanEvent.practice_id == practice_id)
        .order_by(PlanEvent.plan_id, PlanEvent.installment_number, PlanEvent.event_id.desc())
        .subquery()
    )
    plans = session.scalars(
        select(Plan.plan_id)
        .outerjoin(
            newest,
            (newest.c.plan_id == Plan.plan_id) & newest.c.installment_number.is_(None),
        )
        .where(
            Plan.practice_id == practice_id,
            Plan.state != func.coalesce(newest.c.state, PlanState.DRAFT.value),
        )
    )
    for plan_id in plans:
        yield CheckFinding("plan_events", f"Plan {plan_id} is not where its last event left it.")
    rows = session.scalars(
        select(PlanInstallment.installment_id)
        .outerjoin(
            newest,
            (newest.c.plan_id == PlanInstallment.plan_id)
            & (newest.c.installment_number == PlanInstallment.number),
        )
        .where(
            PlanInstallment.practice_id == practice_id,
            PlanInstallment.state
            != func.coalesce(newest.c.state, InstallmentState.SCHEDULED.value),
        )
    )
    for installment_id in rows:
        message = f"Installment {installment_id} is not where its last event left it."
        yield CheckFinding("plan_events", message)


def _covers(session: Session) -> Iterator[CheckFinding]:
    """Live plans cover lines, and no others do."""
    practice_id = practice_of(session)
    stands = exists().where(
        PlanLine.practice_id == practice_id,
        PlanLine.plan_id == Plan.plan_id,
        PlanLine.ended_at.is_(None),
    )
    is_live = Plan.state.in_([state.value for state in LIVE])
    rows = session.scalars(
        select(Plan.plan_id).where(Plan.practice_id == practice_id, stands != is_live)
    )
    for plan_id in rows:
        message = f"Plan {plan_id} covers lines and is not live, or is live and covers none."
        yield CheckFinding("plan_cover", message)


def _lines(session: Session) -> Iterator[CheckFinding]:
    """What a plan asks for is owed by whoever pays the plan."""
    practice_id = practice_of(session)
    # Of a visit that became another person's the plan asks for nothing any more.
    is_moved = (
        PlanLine.ended_at.is_(None)
        & (PlanLine.covered_cents > 0)
        & PlanLine.guarantor_id.is_distinct_from(Claim.guarantor_id)
    )
    elsewhere = session.scalars(
        select(PlanLine.plan_line_id)
        .join(Plan, (Plan.practice_id == practice_id) & (Plan.plan_id == PlanLine.plan_id))
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == PlanLine.claim_id))
        .where(
            PlanLine.practice_id == practice_id,
            or_(PlanLine.guarantor_id != Plan.guarantor_id, is_moved),
        )
    )
    for plan_line_id in elsewhere:
        message = f"Line {plan_line_id} of a plan is owed by somebody else."
        yield CheckFinding("plan_guarantor", message)

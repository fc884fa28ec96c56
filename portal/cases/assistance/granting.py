"""What help takes off the books: line by line, once, under the lock of who pays."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import queue
from portal.cases.assistance.given import helped_cents, helped_lines, turns_of
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.assistance.policies import policy_of_version
from portal.cases.assistance.posts import tell_practice, tell_what_returned
from portal.cases.holding import lock_account
from portal.cases.ports import DetailsForPractice
from portal.cases.store import today_of
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.assistance import (
    HELPED,
    LATE_BILLS_WITHIN,
    ApplicationState,
    LineToHelp,
    Relief,
    relief_of,
)
from portal.domain.assistance_postings import assistance_granted
from portal.domain.journal import BusinessEvent, LedgerAccount, Target
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion, credit_released
from portal.ledger.credit_moves import move_credit
from portal.ledger.journal import post
from portal.ledger.models import PostingRow
from portal.ledger.queries import allocated_cents
from portal.practice.claims import claims_of
from portal.practice.import_lock import import_is_running
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task

JOB = "give_help_to_new_bills"
SECOND_PERSON_TASK = "assistance_second"
"""About a case: one has decided, and a manager has to agree."""

_HELPED = tuple(sorted(state.value for state in HELPED))
_HELD_OR_NOT = (LedgerAccount.PATIENT_RECEIVABLE.value, LedgerAccount.PATIENT_PENDING.value)


class BooksBusyError(RuntimeError):
    """A remittance is being imported: what lines ask for changes. Try again later."""


def reliefs_now(
    session: Session,
    guarantor_id: UUID,
    *,
    off_percent: int,
    covered_from: date,
    until: date,
    also_held: bool = False,
) -> Sequence[Relief]:
    """What this percent would still take off the lines of visits in the covered time.

    Held visits wait: they ask for nothing, and get their help when they are released. How much
    that will be is known with ``also_held``.
    """
    covered = {
        head.claim_id
        for head in claims_of(session, guarantor_id)
        if (also_held or not head.is_held)
        and head.service_on is not None
        and covered_from <= head.service_on <= until
    }
    lines = _lines(session, guarantor_id, covered, also_pending=also_held)
    return relief_of(lines, off_percent)


def promised_cents(session: Session, application: AssistanceApplication) -> int:
    """What an application has taken off, and would still take off lines that are known now.

    Whatever holds them: a visit that is disputed today is released tomorrow.
    """
    if not (application.off_percent and application.good_from and application.good_until):
        return 0
    reliefs = reliefs_now(
        session,
        application.guarantor_id,
        off_percent=application.off_percent,
        covered_from=application.good_from,
        until=application.good_until,
        also_held=True,
    )
    given = helped_cents(session, application.application_id)
    return given + sum(relief.off_cents for relief in reliefs)


def needs_second(session: Session, application: AssistanceApplication) -> bool:
    """Whether it is more than one person may let off, and only one has agreed to it."""
    policy = policy_of_version(session, application.policy_version)
    if application.agreed_by is not None:
        return False
    return promised_cents(session, application) > policy.alone_up_to_cents


def waits_for_second(session: Session, application: AssistanceApplication) -> bool:
    """Whether one person granted it, and later bills would make it more than one may let off."""
    is_granted = application.state == ApplicationState.GRANTED.value
    return is_granted and needs_second(session, application)


def give_help(
    session: Session,
    application: AssistanceApplication,
    *,
    details: DetailsForPractice,
    now: datetime,
) -> int:
    """Post what is missing of a granted application; the cents. Twice is as good as once.

    Raises BooksBusyError.
    """
    lock_account(session, application.guarantor_id)
    if import_is_running(session):
        raise BooksBusyError(application.application_id)
    if not (application.off_percent and application.good_from and application.good_until):
        raise ValueError(application.state)
    reliefs = reliefs_now(
        session,
        application.guarantor_id,
        off_percent=application.off_percent,
        covered_from=application.good_from,
        until=application.good_until,
    )
    if not reliefs:
        return 0
    today = today_of(session, now)
    _free_what_was_paid(session, application, reliefs, details=details, today=today, now=now)
    entry = assistance_granted(
        application.application_id,
        reliefs,
        turn=turns_of(session, application.application_id),
        guarantor_id=application.guarantor_id,
        effective_on=today,
    )
    entry_id = post(session, entry, now=now)
    tell_practice(
        session,
        application,
        entry_id,
        BusinessEvent.ASSISTANCE_GRANTED,
        {relief.target: relief.off_cents for relief in reliefs},
        details=details,
        effective_on=today,
        now=now,
    )
    _keep_plans_soon(session)
    return sum(relief.off_cents for relief in reliefs)


def help_new_bills(
    database: Database, practice_id: UUID, *, details: DetailsForPractice, now: datetime
) -> int:
    """Give it to covered lines that were released since; the cents. A job, each hour.

    Which are covered the day of service says, however late their bill comes. What is more than
    one person may grant waits for a second one. Of what was stopped the practice is still told what
    payers' decisions put back.
    """
    principal = Principal.job(practice_id, role=JOB)
    with database.transaction(principal) as session:
        today = today_of(session, now)
        standing = session.scalars(
            select(AssistanceApplication.application_id)
            .where(
                AssistanceApplication.practice_id == practice_id,
                AssistanceApplication.state.in_(_HELPED),
                AssistanceApplication.good_until >= today - LATE_BILLS_WITHIN,
            )
            .order_by(AssistanceApplication.application_id)
        ).all()
    cents = 0
    for application_id in standing:
        with database.transaction(principal) as session:
            application = session.scalars(
                select(AssistanceApplication)
                .where(
                    AssistanceApplication.practice_id == practice_id,
                    AssistanceApplication.application_id == application_id,
                )
                .with_for_update()  # somebody may be saying no just now
            ).one()
            if import_is_running(session):
                return cents
            tell_what_returned(session, application, details=details, now=now)
            if application.state != ApplicationState.GRANTED.value:
                continue
            if needs_second(session, application):
                ask_second(session, application.case_id, now=now)
                continue
            cents += give_help(session, application, details=details, now=now)
    return cents


def ask_second(session: Session, case_id: UUID, *, now: datetime) -> None:
    """A manager has to agree."""
    open_task(
        session,
        kind=SECOND_PERSON_TASK,
        subject_id=case_id,
        message="A second person has to agree to help with paying.",
        now=now,
    )


def _lines(
    session: Session, guarantor_id: UUID, claim_ids: Collection[UUID], *, also_pending: bool
) -> Sequence[LineToHelp]:
    opened = _open(session, guarantor_id, also_pending=also_pending)
    paid = {
        Target(claim_id, charge_id): cents
        for (claim_id, charge_id), cents in allocated_cents(session, guarantor_id).items()
    }
    helped = helped_lines(session, guarantor_id)
    targets = [one for one in opened.keys() | paid.keys() if one.claim_id in claim_ids]
    targets.sort(key=lambda one: (str(one.claim_id), str(one.charge_id or "")))
    return [
        LineToHelp(one, opened.get(one, 0), max(0, paid.get(one, 0)), helped.get(one, 0))
        for one in targets
    ]


def _open(session: Session, guarantor_id: UUID, *, also_pending: bool) -> Mapping[Target, int]:
    """What each line asks for, or will ask for once nothing holds it."""
    accounts = _HELD_OR_NOT if also_pending else _HELD_OR_NOT[:1]
    cents = func.sum(PostingRow.amount_cents)
    rows = session.execute(
        select(PostingRow.claim_id, PostingRow.charge_id, cents.label("cents"))
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account.in_(accounts),
        )
        .group_by(PostingRow.claim_id, PostingRow.charge_id)
    )
    return {Target(row.claim_id, row.charge_id): int(row.cents) for row in rows}


def _free_what_was_paid(
    session: Session,
    application: AssistanceApplication,
    reliefs: Sequence[Relief],
    *,
    details: DetailsForPractice,
    today: date,
    now: datetime,
) -> None:
    """What was paid beyond the new amount is credit, on the list of credits that staff decide."""
    by_claim: dict[UUID, list[Relief]] = {}
    for relief in reliefs:
        if relief.freed_cents and relief.target.claim_id is not None:
            by_claim.setdefault(relief.target.claim_id, []).append(relief)
    for claim_id, freed in by_claim.items():
        entry = credit_released(
            ClaimOccasion(claim_id, application.guarantor_id, today),
            cause_id=new_id(),
            share=[ShareMove(one.target.charge_id, 0, one.freed_cents) for one in freed],
        )
        if entry is None:
            continue
        entry_id = post(session, entry, now=now)
        move_credit(session.connection(), practice_of(session), entry, entry_id)
        tell_practice(
            session,
            application,
            entry_id,
            BusinessEvent.CREDIT_RELEASED,
            {one.target: -one.freed_cents for one in freed},
            details=details,
            effective_on=today,
            now=now,
        )
    if by_claim:
        open_task(
            session,
            kind=UNAPPLIED_CREDIT_TASK,
            subject_id=application.guarantor_id,
            message="Help with paying was granted: what was paid beyond it is credit.",
            now=now,
        )


def _keep_plans_soon(session: Session) -> None:
    """Plans take in what their lines lost: in minutes, not in an hour."""
    practice_id = str(practice_of(session))
    queue.enqueue(
        session.connection(),
        "keep_plans",
        lock=f"keep_plans:{practice_id}",
        practice_id=practice_id,
    )

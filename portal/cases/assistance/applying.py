"""Apply for help with paying: a draft, a look, an attestation; then nothing is asked meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.cases.assistance.models import AssistanceApplication
from portal.cases.assistance.policies import policy_on, state_of
from portal.cases.holding import free_account, hold_account, lock_account
from portal.cases.models import Case
from portal.cases.service import Told, close_now, new_case, open_now, own_draft
from portal.cases.store import CaseNotFoundError, Moment, note, own_case, today_of
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.assistance import (
    UNDECIDED,
    ApplicationState,
    AssistancePolicy,
    Household,
    IncomePeriod,
    help_for,
    percent_of_guideline,
    require_move,
)
from portal.domain.cases import CaseKind, CaseOutcome, CaseState
from portal.practice.models import Guarantor

_UNDECIDED = tuple(sorted(state.value for state in UNDECIDED))


class AlreadyAppliedError(ValueError):
    """An application of this person waits for its decision; the case of it is the argument."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__(case_id)
        self.case_id = case_id


@dataclass(frozen=True, slots=True)
class Applied:
    """What somebody says of their household."""

    household: Household
    income_words: str

    def answers(self) -> Mapping[str, Any]:
        """As a draft keeps it."""
        return {
            "people": self.household.people,
            "income_cents": self.household.income_cents,
            "period": self.household.period.value,
            "income_words": self.income_words,
        }


@dataclass(frozen=True, slots=True)
class Screened:
    """What the bands say; nothing of it is kept. ``off_percent`` 0: probably not, ask still."""

    percent: int
    off_percent: int
    policy: AssistancePolicy


def applied_of(answers: Mapping[str, Any]) -> Applied:
    """Of a draft again."""
    household = Household(
        answers["people"], answers["income_cents"], IncomePeriod(answers["period"])
    )
    return Applied(household, answers.get("income_words", ""))


def screen(
    database: Database, principal: Principal, household: Household, *, at: Moment
) -> Screened:
    """By the rules of today, for this person's state. Nothing is written, not even that."""
    with database.transaction(principal) as session:
        return _screened(session, household, principal.guarantor_id, at=at)


def draft_application(
    database: Database, principal: Principal, applied: Applied, *, language: str, at: Moment
) -> UUID:
    """The case of it. Raises AlreadyAppliedError and CaseNotFoundError."""
    with database.transaction(principal) as session:
        if principal.guarantor_id is not None:
            _require_none_waits(session, principal.guarantor_id)
        told = Told(CaseKind.ASSISTANCE, applied.answers(), language=language)
        case = new_case(session, told, at=at)
        note(session, case, "draft_case", at=at)
        return case.case_id


def change_application(
    database: Database, principal: Principal, case_id: UUID, applied: Applied
) -> None:
    """Before it is sent. Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = own_application_draft(session, case_id)
        case.answers = dict(applied.answers())


def send_application(
    database: Database, principal: Principal, case_id: UUID, *, at: Moment
) -> None:
    """Attested to: from now on nothing is asked until it is decided. Sent twice, sent once.

    Raises CaseNotFoundError and AlreadyAppliedError.
    """
    with database.transaction(principal) as session:
        case = own_case(session, case_id, locked=True)
        if case.kind != CaseKind.ASSISTANCE.value:
            raise CaseNotFoundError(case_id)
        if case.state != CaseState.DRAFT.value:
            return
        lock_account(session, case.guarantor_id)  # two drafts at once come one after the other
        _require_none_waits(session, case.guarantor_id)
        hold_account(session, case.guarantor_id, reason=f"Case {case.number}", now=at.now)
        _write(session, case, applied_of(case.answers), at=at)
        case.answers = {}
        open_now(session, case, at=at)
        note(session, case, "apply_for_assistance", at=at)


def withdraw_application(
    database: Database, principal: Principal, case_id: UUID, *, at: Moment
) -> None:
    """Not needed any more: the account goes on. Raises CaseNotFoundError and UnknownMoveError."""
    with database.transaction(principal) as session:
        case = own_case(session, case_id, locked=True)
        application = application_of(session, case_id)
        move_application(application, ApplicationState.WITHDRAWN, at=at)
        free_account(session, case.guarantor_id, reason="It was withdrawn.", now=at.now)
        close_now(session, case, CaseOutcome.WITHDRAWN, now=at.now)
        note(session, case, "withdraw_application", at=at)


def own_application_draft(session: Session, case_id: UUID) -> Case:
    """Raises CaseNotFoundError, also for a draft about something else."""
    case = own_draft(session, case_id)
    if case.kind != CaseKind.ASSISTANCE.value:
        raise CaseNotFoundError(case_id)
    return case


def application_of(session: Session, case_id: UUID) -> AssistanceApplication:
    """Locked. Raises CaseNotFoundError."""
    found = session.scalar(
        select(AssistanceApplication)
        .where(
            AssistanceApplication.practice_id == practice_of(session),
            AssistanceApplication.case_id == case_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise CaseNotFoundError(case_id)
    return found


def move_application(
    application: AssistanceApplication, state: ApplicationState, *, at: Moment
) -> None:
    """Raises UnknownMoveError."""
    require_move(ApplicationState(application.state), state)
    application.state, application.state_at = state.value, at.now


def _write(session: Session, case: Case, applied: Applied, *, at: Moment) -> None:
    screened = _screened(session, applied.household, case.guarantor_id, at=at)
    version, _ = policy_on(session, today_of(session, at.now))
    session.execute(
        insert(AssistanceApplication).values(
            practice_id=practice_of(session),
            application_id=new_id(),
            case_id=case.case_id,
            guarantor_id=case.guarantor_id,
            people=applied.household.people,
            income_cents=applied.household.income_cents,
            period=applied.household.period.value,
            income_words=applied.income_words,
            attested_at=at.now,
            state=ApplicationState.ASKED.value,
            state_at=at.now,
            policy_version=version,
            percent_of_guideline=screened.percent,
        )
    )


def _screened(
    session: Session, household: Household, guarantor_id: UUID | None, *, at: Moment
) -> Screened:
    today = today_of(session, at.now)
    _, policy = policy_on(session, today)
    theirs = session.scalar(
        select(Guarantor.state).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    percent = percent_of_guideline(household, state=state_of(session, theirs), on=today)
    return Screened(percent, help_for(policy, percent), policy)


def _require_none_waits(session: Session, guarantor_id: UUID) -> None:
    case_id = session.scalar(
        select(AssistanceApplication.case_id).where(
            AssistanceApplication.practice_id == practice_of(session),
            AssistanceApplication.guarantor_id == guarantor_id,
            AssistanceApplication.state.in_(_UNDECIDED),
        )
    )
    if case_id is not None:
        raise AlreadyAppliedError(case_id)

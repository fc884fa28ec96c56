"""Decide an application: grant it, or deny it with a reason; above a limit two people agree."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.auth.roles import REACH, Area
from portal.cases.assistance.applying import application_of, move_application
from portal.cases.assistance.granting import (
    SECOND_PERSON_TASK,
    BooksBusyError,
    ask_second,
    give_help,
    needs_second,
    waits_for_second,
)
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.assistance.policies import policy_of_version
from portal.cases.holding import free_account
from portal.cases.models import Case
from portal.cases.ports import DetailsForPractice
from portal.cases.service import close_now
from portal.cases.staff.acts import staff_case, tell
from portal.cases.store import Moment, note, note_event, today_of, write
from portal.db import Database, Principal
from portal.domain.assistance import ApplicationState, UnknownMoveError, good_from, good_until
from portal.domain.cases import CaseOutcome
from portal.practice.contact import practice_contact
from portal.practice.tasks import end_task

__all__ = ["BooksBusyError", "UnknownMoveError"]

_SECOND = REACH[Area.ASSISTANCE_RULES]


class SamePersonError(ValueError):
    """Whoever proposed it does not agree to it; and only a manager does."""


@dataclass(frozen=True, slots=True)
class Grant:
    """How much is taken off each covered line, and what the person reads about it."""

    off_percent: int
    words: str


def grant(
    database: Database,
    principal: Principal,
    case_id: UUID,
    given: Grant,
    *,
    details: DetailsForPractice,
    at: Moment,
) -> bool:
    """At once, or, above what one may let off alone, as a proposal: then False.

    Raises CaseNotFoundError, UnknownMoveError and BooksBusyError.
    """
    with database.transaction(principal) as session:
        case, application = _locked(session, case_id)
        application.off_percent, application.words = given.off_percent, given.words
        _set_time(session, application, now=at.now)
        if needs_second(session, application):
            move_application(application, ApplicationState.PROPOSED, at=at)
            application.proposed_by = principal.actor_id
            note_event(session, case, now=at.now, detail="proposed")
            ask_second(session, case_id, now=at.now)
            note(session, case, "propose_assistance", at=at)
            return False
        _give(session, principal, case, application, details=details, at=at)
        return True


def agree(
    database: Database,
    principal: Principal,
    case_id: UUID,
    *,
    details: DetailsForPractice,
    at: Moment,
) -> None:
    """The second person says yes: to a proposal, or to what later bills would make of a grant.

    Raises as ``grant`` does, and SamePersonError.
    """
    with database.transaction(principal) as session:
        case, application = _locked(session, case_id)
        _require_second(session, application, principal)
        application.agreed_by = principal.actor_id
        if application.state == ApplicationState.GRANTED.value:
            give_help(session, application, details=details, now=at.now)
            end_task(session, kind=SECOND_PERSON_TASK, subject_id=case_id, now=at.now)
            note_event(session, case, now=at.now, detail="agreed to more")
            note(session, case, "agree_to_assistance", at=at)
            return
        _set_time(session, application, now=at.now)
        _give(session, principal, case, application, details=details, at=at)


def send_back(database: Database, principal: Principal, case_id: UUID, *, at: Moment) -> None:
    """The second person says no, or the first takes it back: it is decided anew.

    Raises as ``agree`` does.
    """
    with database.transaction(principal) as session:
        case, application = _locked(session, case_id)
        if application.state != ApplicationState.PROPOSED.value:
            raise UnknownMoveError(application.state)
        if not may_send_back(application, principal):
            raise SamePersonError(application.application_id)
        move_application(application, ApplicationState.ASKED, at=at)
        application.off_percent = application.good_from = application.good_until = None
        application.proposed_by, application.words = None, ""
        end_task(session, kind=SECOND_PERSON_TASK, subject_id=case_id, now=at.now)
        note_event(session, case, now=at.now, detail="sent back")
        note(session, case, "send_assistance_back", at=at)


def deny(
    database: Database, principal: Principal, case_id: UUID, words: str, *, at: Moment
) -> None:
    """With the reason, which the person reads; of a proposal the second person's to say.

    Raises CaseNotFoundError, UnknownMoveError and SamePersonError.
    """
    with database.transaction(principal) as session:
        case, application = _locked(session, case_id)
        if application.state == ApplicationState.PROPOSED.value:
            _require_second(session, application, principal)
            application.off_percent = application.good_from = application.good_until = None
        move_application(application, ApplicationState.DENIED, at=at)
        application.words = words
        _close(session, principal, case, application, CaseOutcome.DENIED, at=at)
        note(session, case, "deny_assistance", at=at)


def stop(
    database: Database, principal: Principal, case_id: UUID, words: str, *, at: Moment
) -> None:
    """No help for later bills, which wait for a second person; what was given stays.

    Whoever applied reads why. Raises as ``agree`` does; any manager may say it.
    """
    with database.transaction(principal) as session:
        case, application = _locked(session, case_id)
        if not waits_for_second(session, application):
            raise UnknownMoveError(application.state)
        if not is_manager(principal):
            raise SamePersonError(application.application_id)
        move_application(application, ApplicationState.STOPPED, at=at)
        application.stopped_by, application.stopped_at = principal.actor_id, at.now
        application.stopped_words = words
        end_task(session, kind=SECOND_PERSON_TASK, subject_id=case_id, now=at.now)
        note_event(session, case, now=at.now, detail="no more")
        write(session, case, words, now=at.now)
        tell(session, case, now=at.now)
        note(session, case, "stop_assistance", at=at)


def is_manager(principal: Principal) -> bool:
    """Who may set the rules, and so agree to what is above them."""
    return principal.role in {role.value for role in _SECOND}


def may_agree(application: AssistanceApplication, principal: Principal) -> bool:
    """A manager who is not who proposed it, or granted it."""
    first = application.proposed_by or application.decided_by
    return is_manager(principal) and first != principal.actor_id


def may_send_back(application: AssistanceApplication, principal: Principal) -> bool:
    """Whoever proposed it, too."""
    return application.proposed_by == principal.actor_id or may_agree(application, principal)


def _locked(session: Session, case_id: UUID) -> tuple[Case, AssistanceApplication]:
    return staff_case(session, case_id), application_of(session, case_id)


def _require_second(
    session: Session, application: AssistanceApplication, principal: Principal
) -> None:
    is_proposed = application.state == ApplicationState.PROPOSED.value
    if not is_proposed and not waits_for_second(session, application):
        raise UnknownMoveError(application.state)
    if not may_agree(application, principal):
        raise SamePersonError(application.application_id)


def _set_time(session: Session, application: AssistanceApplication, *, now: datetime) -> None:
    """Covered from before the day it was asked for, good from the day it is given."""
    policy = policy_of_version(session, application.policy_version)
    zone = ZoneInfo(practice_contact(session).time_zone)
    asked_on = (application.attested_at or now).astimezone(zone).date()
    application.good_from = good_from(policy, asked_on)
    application.good_until = good_until(policy, today_of(session, now))


def _give(
    session: Session,
    principal: Principal,
    case: Case,
    application: AssistanceApplication,
    *,
    details: DetailsForPractice,
    at: Moment,
) -> None:
    move_application(application, ApplicationState.GRANTED, at=at)
    give_help(session, application, details=details, now=at.now)
    _close(session, principal, case, application, CaseOutcome.GRANTED, at=at)
    note(session, case, "grant_assistance", at=at)


def _close(
    session: Session,
    principal: Principal,
    case: Case,
    application: AssistanceApplication,
    outcome: CaseOutcome,
    *,
    at: Moment,
) -> None:
    application.decided_by, application.decided_at = principal.actor_id, at.now
    free_account(session, case.guarantor_id, reason="It was decided.", now=at.now)
    end_task(session, kind=SECOND_PERSON_TASK, subject_id=case.case_id, now=at.now)
    if application.words:
        write(session, case, application.words, now=at.now)
    close_now(session, case, outcome, now=at.now)
    tell(session, case, now=at.now)

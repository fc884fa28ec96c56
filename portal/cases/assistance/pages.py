"""What the pages of help with paying show: to who applied, and to who decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.assistance.applying import application_of, applied_of, own_application_draft
from portal.cases.assistance.deciding import is_manager, may_agree, may_send_back
from portal.cases.assistance.given import helped_cents
from portal.cases.assistance.granting import promised_cents, reliefs_now, waits_for_second
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.assistance.policies import policy_of_version, policy_on
from portal.cases.files import FileRow, file_rows
from portal.cases.staff.acts import staff_case
from portal.cases.staff.inbox import staff_names
from portal.cases.store import CaseNotFoundError, Moment, note, own_case, person_asking, today_of
from portal.db import Database, Principal, practice_of
from portal.domain.assistance import (
    UNDECIDED,
    ApplicationState,
    AssistancePolicy,
    Household,
    IncomePeriod,
    good_from,
    good_until,
    help_for,
)
from portal.domain.case_people import PersonKind
from portal.domain.names import in_mixed_case
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Guarantor


@dataclass(frozen=True, slots=True)
class PlainPage:
    """What the frame of a page needs, and no more."""

    practice: PracticeContact
    statement_id: UUID | None
    policy: AssistancePolicy
    case_id: UUID | None = None
    may_apply: bool = True  # who pays may, for themselves alone


@dataclass(frozen=True, slots=True)
class DraftApplicationPage:
    """What is about to be sent."""

    practice: PracticeContact
    statement_id: UUID | None
    case_id: UUID
    household: Household
    income_words: str
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """An application that was sent, and its decision in plain words."""

    practice: PracticeContact
    statement_id: UUID | None
    case_id: UUID
    number: str
    household: Household
    income_words: str
    applied_on: date
    state: ApplicationState
    off_percent: int | None
    helped_cents: int
    good_from: date | None
    good_until: date | None
    decided_on: date | None
    words: str
    waits: bool = False  # later bills would make it too much for one to grant
    stopped_on: date | None = None  # what was given stays; later bills get none
    stopped_words: str = ""

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one percent would take off now, and free of what was paid."""

    off_percent: int
    off_cents: int
    freed_cents: int
    lines: int


@dataclass(frozen=True, slots=True)
class DecidePage:
    """For who decides. ``banded`` is the percent by the rules.

    ``outlooks``: each band's, while nothing is decided. ``helped_cents``: what it takes off now;
    ``promised_cents``: with the bills that wait for a second person, or for their release.
    """

    case_id: UUID
    number: str
    name: str
    guarantor_id: UUID
    account_number: str
    household: Household
    income_words: str
    attested_at: datetime | None
    percent: int
    banded: int
    policy: AssistancePolicy
    outlooks: tuple[Outlook, ...]
    state: ApplicationState
    off_percent: int | None
    helped_cents: int
    promised_cents: int
    good_from: date | None
    good_until: date | None
    decided_by: str
    decided_at: datetime | None
    words: str
    proposed_by: str
    may_agree: bool
    may_send_back: bool
    waits_for_second: bool  # granted by one, and later bills would make it too much for one
    files: tuple[FileRow, ...]
    may_stop: bool = False
    stopped_by: str = ""
    stopped_at: datetime | None = None
    stopped_words: str = ""

    @property
    def is_undecided(self) -> bool:
        return self.state in UNDECIDED


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """The rules in force; ``version`` 0: the defaults."""

    version: int
    policy: AssistancePolicy


def plain_page(
    database: Database,
    principal: Principal,
    statement_id: UUID | None,
    *,
    at: Moment,
    case_id: UUID | None = None,
) -> PlainPage:
    """Nothing of a person, and so no row in the audit log."""
    with database.transaction(principal) as session:
        _, policy = policy_on(session, today_of(session, at.now))
        person = person_asking(principal)
        return PlainPage(
            practice=practice_contact(session),
            statement_id=statement_id,
            policy=policy,
            case_id=case_id,
            may_apply=person is not None and person.kind is PersonKind.GUARANTOR,
        )


def draft_application_page(
    database: Database, principal: Principal, case_id: UUID, *, at: Moment
) -> DraftApplicationPage:
    """Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = own_application_draft(session, case_id)
        note(session, case, "view", at=at)
        applied = applied_of(case.answers)
        return DraftApplicationPage(
            practice=practice_contact(session),
            statement_id=case.statement_id,
            case_id=case_id,
            household=applied.household,
            income_words=applied.income_words,
            files=tuple(file_rows(session, case_id)),
        )


def application_page(
    database: Database, principal: Principal, case_id: UUID, *, at: Moment
) -> ApplicationPage:
    """Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = own_case(session, case_id)
        application = application_of(session, case_id)
        note(session, case, "view", at=at)
        contact = practice_contact(session)
        zone = ZoneInfo(contact.time_zone)
        decided_at, stopped_at = application.decided_at, application.stopped_at
        return ApplicationPage(
            practice=contact,
            statement_id=case.statement_id,
            case_id=case_id,
            number=case.number,
            household=_household(application),
            income_words=application.income_words,
            applied_on=(application.attested_at or case.created_at).astimezone(zone).date(),
            state=ApplicationState(application.state),
            off_percent=application.off_percent,
            helped_cents=helped_cents(session, application.application_id),
            good_from=application.good_from,
            good_until=application.good_until,
            decided_on=decided_at.astimezone(zone).date() if decided_at else None,
            words=application.words if decided_at else "",
            waits=waits_for_second(session, application),
            stopped_on=stopped_at.astimezone(zone).date() if stopped_at else None,
            stopped_words=application.stopped_words,
        )


def decide_page(
    database: Database, principal: Principal, case_id: UUID, *, at: Moment
) -> DecidePage:
    """Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        application = application_of(session, case_id)
        note(session, case, "view", at=at)
        person = _person(session, case.guarantor_id)
        policy = policy_of_version(session, application.policy_version)
        zone = ZoneInfo(practice_contact(session).time_zone)
        names = staff_names(session)
        state = ApplicationState(application.state)
        outlooks = _outlooks(session, application, policy, at=at) if state in UNDECIDED else ()
        return DecidePage(
            case_id=case_id,
            number=case.number,
            name=in_mixed_case(f"{person.first_name} {person.last_name}".strip()),
            guarantor_id=case.guarantor_id,
            account_number=person.account_number,
            household=_household(application),
            income_words=application.income_words,
            attested_at=_at(application.attested_at, zone),
            percent=application.percent_of_guideline,
            banded=help_for(policy, application.percent_of_guideline),
            policy=policy,
            outlooks=tuple(outlooks),
            state=state,
            off_percent=application.off_percent,
            helped_cents=helped_cents(session, application.application_id),
            promised_cents=promised_cents(session, application),
            good_from=application.good_from,
            good_until=application.good_until,
            decided_by=names.get(application.decided_by, "") if application.decided_by else "",
            decided_at=_at(application.decided_at, zone),
            words=application.words,
            proposed_by=names.get(application.proposed_by, "") if application.proposed_by else "",
            may_agree=may_agree(application, principal),
            may_send_back=may_send_back(application, principal),
            waits_for_second=waits_for_second(session, application),
            may_stop=is_manager(principal),
            stopped_by=names.get(application.stopped_by, "") if application.stopped_by else "",
            stopped_at=_at(application.stopped_at, zone),
            stopped_words=application.stopped_words,
            files=tuple(file_rows(session, case_id)),
        )


def policy_page(database: Database, principal: Principal, *, at: Moment) -> PolicyPage:
    """The practice's rules of today."""
    with database.transaction(principal) as session:
        return PolicyPage(*policy_on(session, today_of(session, at.now)))


def _at(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _household(application: AssistanceApplication) -> Household:
    return Household(application.people, application.income_cents, IncomePeriod(application.period))


def _outlooks(
    session: Session, application: AssistanceApplication, policy: AssistancePolicy, *, at: Moment
) -> Sequence[Outlook]:
    today = today_of(session, at.now)
    zone = ZoneInfo(practice_contact(session).time_zone)
    asked_on = (application.attested_at or at.now).astimezone(zone).date()
    found = []
    for off_percent in sorted({band.off_percent for band in policy.bands}, reverse=True):
        reliefs = reliefs_now(
            session,
            application.guarantor_id,
            off_percent=off_percent,
            covered_from=good_from(policy, asked_on),
            until=good_until(policy, today),
        )
        off = sum(relief.off_cents for relief in reliefs)
        freed = sum(relief.freed_cents for relief in reliefs)
        found.append(Outlook(off_percent, off, freed, len(reliefs)))
    return found


def _person(session: Session, guarantor_id: UUID) -> Guarantor:
    found = session.scalar(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    if found is None:
        raise CaseNotFoundError(guarantor_id)
    return found

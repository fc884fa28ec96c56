"""The practice's policy for help with paying, on a day; without one, the defaults."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.cases.assistance.models import AssistancePolicyVersion
from portal.cases.store import Moment, today_of
from portal.db import Database, Principal, practice_of
from portal.domain.assistance import AssistancePolicy, Band
from portal.practice.models import Practice

DEFAULTS = 0
"""The version of a practice that has set none."""


def policy_on(session: Session, day: date) -> tuple[int, AssistancePolicy]:
    """The newest version in force on the day."""
    row = session.scalar(
        select(AssistancePolicyVersion)
        .where(
            AssistancePolicyVersion.practice_id == practice_of(session),
            AssistancePolicyVersion.in_force_on <= day,
        )
        .order_by(AssistancePolicyVersion.version.desc())
        .limit(1)
    )
    return (DEFAULTS, AssistancePolicy()) if row is None else (row.version, _read(row))


def policy_of_version(session: Session, version: int) -> AssistancePolicy:
    """The one that an application was made under."""
    row = session.scalar(
        select(AssistancePolicyVersion).where(
            AssistancePolicyVersion.practice_id == practice_of(session),
            AssistancePolicyVersion.version == version,
        )
    )
    return AssistancePolicy() if row is None else _read(row)


def set_policy(
    database: Database, principal: Principal, policy: AssistancePolicy, *, at: Moment
) -> None:
    """From today on; applications that are under way keep theirs."""
    with database.transaction(principal) as session:
        practice_id, today = practice_of(session), today_of(session, at.now)
        session.execute(  # two at once come one after the other
            select(Practice.practice_id)
            .where(Practice.practice_id == practice_id)
            .with_for_update(key_share=True)
        ).one()
        newest = session.scalars(
            select(AssistancePolicyVersion.version)
            .where(AssistancePolicyVersion.practice_id == practice_id)
            .order_by(AssistancePolicyVersion.version.desc())
            .limit(1)
        ).first()
        session.execute(
            insert(AssistancePolicyVersion).values(
                practice_id=practice_id,
                version=(newest or DEFAULTS) + 1,
                in_force_on=today,
                document=asdict(policy),
                set_at=at.now,
                set_by=principal.actor_id,
            )
        )
        record(
            session,
            action="set_assistance_policy",
            object_kind="practice",
            object_id=practice_id,
            guarantor_id=None,
            now=at.now,
            request_id=at.request_id,
        )


def state_of(session: Session, guarantor_state: str | None) -> str:
    """Whose guideline counts: of where they have their mail, else of the practice."""
    if guarantor_state:
        return guarantor_state
    return session.scalars(
        select(Practice.state).where(Practice.practice_id == practice_of(session))
    ).one()


def _read(row: AssistancePolicyVersion) -> AssistancePolicy:
    kept = dict(row.document)
    bands = tuple(Band(**band) for band in kept.pop("bands"))
    return AssistancePolicy(bands=bands, **kept)

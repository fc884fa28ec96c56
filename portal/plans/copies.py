"""The agreement as it was kept: whoever agreed can have their copy at any time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.disclosure import ClosedEnd, PaymentGroup
from portal.plans.consents import consents_of
from portal.plans.covers import from_covers
from portal.plans.models import PlanVersion
from portal.plans.moves import plan_of
from portal.plans.papers import AgreedCopy
from portal.plans.store import version_from_json
from portal.plans.visits import visits_of
from portal.practice.contact import practice_contact, practice_day
from portal.practice.viewing import reader_of, shows_part2


def agreed_copy(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    version: int,
    *,
    now: datetime,
    request_id: str,
) -> AgreedCopy | None:
    """With a row in the audit log; None for a version that needed no agreement.

    Raises PlanNotFoundError.
    """
    with database.transaction(principal) as session:
        plan = plan_of(session, plan_id)
        record(
            session,
            action="view_plan_agreement",
            object_kind="plan",
            object_id=plan_id,
            guarantor_id=plan.guarantor_id,
            now=now,
            request_id=request_id,
        )
        versions = session.scalars(
            select(PlanVersion)
            .where(PlanVersion.practice_id == practice_of(session), PlanVersion.plan_id == plan_id)
            .order_by(PlanVersion.version)
        ).all()
        consent = consents_of(session, plan_id, versions).get(version)
        if consent is None:
            return None
        kept = next(one for one in versions if one.version == version)
        practice = practice_contact(session)
        covers = from_covers(kept.covers)
        reader = reader_of(session, plan.guarantor_id, today=practice_day(practice, now=now))
        return AgreedCopy(
            practice=practice,
            number=plan.number,
            version=version,
            text_version=consent.text_version,
            language=consent.language,
            agreed_at=consent.given_at.astimezone(ZoneInfo(practice.time_zone)),
            installments=version_from_json(kept.schedule).installments,
            visits=visits_of(session, covers, reader),
            has_part2=shows_part2(
                session, {target.claim_id for target in covers if target.claim_id}, reader
            ),
            sentences=consent.sentences,
            disclosure=disclosure_from_json(consent.disclosure) if consent.disclosure else None,
        )


def disclosure_from_json(kept: Mapping[str, Any]) -> ClosedEnd:
    """What a consent keeps of a disclosure."""
    groups = tuple(
        PaymentGroup(
            count=one["count"],
            cents=one["cents"],
            first_on=date.fromisoformat(one["first_on"]),
            last_on=date.fromisoformat(one["last_on"]),
        )
        for one in kept["groups"]
    )
    return ClosedEnd(**{**kept, "groups": groups, "frequency": Frequency(kept["frequency"])})

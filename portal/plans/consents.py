"""Which agreement belongs to which version of a plan: one without was told of, or asked for."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.plans.models import PlanConsent, PlanVersion
from portal.plans.offering.terms import ASKED


def consents_of(
    session: Session, plan_id: UUID, versions: Sequence[PlanVersion]
) -> Mapping[int, PlanConsent]:
    """By the number of the version.

    A change that is agreed to names its consent. The plan as it began was written down before
    anybody agreed to it: its consent is the one with its schedule that no version names.
    """
    given = session.scalars(
        select(PlanConsent)
        .where(
            PlanConsent.practice_id == practice_of(session),
            PlanConsent.plan_id == plan_id,
            PlanConsent.kind != ASKED,
        )
        .order_by(PlanConsent.given_at)
    ).all()
    by_id = {one.consent_id: one for one in given}
    named = {one.consent_id for one in versions}
    found = {}
    for version in versions:
        if version.consent_id is not None:
            if version.consent_id in by_id:
                found[version.version] = by_id[version.consent_id]
            continue
        begun_with = [
            one
            for one in given
            if one.consent_id not in named
            and one.schedule_hash == version.schedule_hash
            and one.given_at >= version.made_at
        ]
        if begun_with:
            found[version.version] = begun_with[0]
    return found

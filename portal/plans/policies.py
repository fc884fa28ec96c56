"""The practice's rules for plans, and those of the states that bind them, on a day."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.policy import PlanPolicy, PolicyVersion, policy_in_force
from portal.domain.plans.policy_file import policy_from_mapping
from portal.domain.plans.state_pack import ProviderKind, StatePack
from portal.domain.plans.state_packs import pack_for, tightened
from portal.plans.models import Plan, PlanPolicyVersion
from portal.plans.moves import PlanNotFoundError
from portal.practice.models import Guarantor, Practice


def policy_versions(session: Session) -> Sequence[PolicyVersion]:
    """Every version the practice ever set, in the order in which they were made."""
    rows = session.scalars(
        select(PlanPolicyVersion)
        .where(PlanPolicyVersion.practice_id == practice_of(session))
        .order_by(PlanPolicyVersion.version)
    )
    return [
        PolicyVersion(in_force_from=row.in_force_on, policy=policy_from_mapping(row.document))
        for row in rows
    ]


def pack_of(session: Session, guarantor_id: UUID, *, on: date) -> StatePack:
    """The law that binds a plan of this person: of where they have their mail, and of the practice.

    A practice is taken for professionals; hospitals are not served yet.
    Raises PlanNotFoundError for nobody of this practice.
    """
    practice_id = practice_of(session)
    states = session.execute(
        select(Guarantor.state, Practice.state)
        .join(Practice, Practice.practice_id == Guarantor.practice_id)
        .where(
            Guarantor.practice_id == practice_id,
            Guarantor.guarantor_id == guarantor_id,
            Practice.practice_id == practice_id,
        )
    ).one_or_none()
    if states is None:
        raise PlanNotFoundError(guarantor_id)
    return pack_for([state or "" for state in states], provider=ProviderKind.PROFESSIONAL, on=on)


def policy_for(session: Session, guarantor_id: UUID, *, on: date) -> PlanPolicy:
    """What counts for a plan that is agreed to on that day: the practice's rules under the law."""
    pack = pack_of(session, guarantor_id, on=on)
    return tightened(policy_in_force(policy_versions(session), on), pack)


def longest_notice_days(session: Session) -> int:
    """No installment of a running plan is announced earlier than so many days before its day."""
    policies = [PlanPolicy(), *(one.policy for one in policy_versions(session))]
    return max(max(one.prenotice_days, one.debit_prenotice_days) for one in policies)


def policies_of(session: Session, plans: Collection[Plan]) -> Mapping[UUID, PlanPolicy]:
    """What counts for each of these that was agreed to, by plan: as on the day of its agreement."""
    practice_id = practice_of(session)
    versions = policy_versions(session)
    ours = session.scalars(select(Practice.state).where(Practice.practice_id == practice_id)).one()
    theirs = session.execute(
        select(Guarantor.guarantor_id, Guarantor.state).where(
            Guarantor.practice_id == practice_id,
            Guarantor.guarantor_id.in_({plan.guarantor_id for plan in plans}),
        )
    )
    states = {row.guarantor_id: (row.state or "", ours or "") for row in theirs}
    policies: dict[tuple[tuple[str, str], date], PlanPolicy] = {}
    found = {}
    for plan in plans:
        if plan.consented_on is not None:
            key = states[plan.guarantor_id], plan.consented_on
            if key not in policies:
                policies[key] = _policy(versions, *key)
            found[plan.plan_id] = policies[key]
    return found


def _policy(versions: Sequence[PolicyVersion], states: Sequence[str], on: date) -> PlanPolicy:
    pack = pack_for(states, provider=ProviderKind.PROFESSIONAL, on=on)
    return tightened(policy_in_force(versions, on), pack)

"""The rules for plans as they stand, what they would offer, and the next version of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.offers import Ground, Wish, offers
from portal.domain.plans.policy import PlanPolicy, PolicyVersion, policy_in_force
from portal.domain.plans.policy_file import policy_from_mapping, policy_to_mapping
from portal.domain.plans.policy_findings import PolicyFinding, policy_findings
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.state_pack import ProviderKind, StatePack
from portal.domain.plans.state_packs import pack_for, tightened
from portal.plans.models import PlanPolicyVersion
from portal.practice.models import Practice

PREVIEWED_CENTS: Final = (
    50_00, 100_00, 250_00, 500_00, 1_000_00, 2_500_00, 5_000_00, 10_000_00, 25_000_00,
)  # fmt: skip


class RulesRefusedError(ValueError):
    """Rules that contradict themselves; ``findings`` says where."""

    def __init__(self, findings: Sequence[PolicyFinding]) -> None:
        super().__init__(findings)
        self.findings = tuple(findings)


class DayInThePastError(ValueError):
    """Rules begin today or later: what was agreed to stays agreed."""


class RulesChangedError(RuntimeError):
    """Somebody else changed the rules meanwhile."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What somebody who owes this would be offered, by the month."""

    balance_cents: int
    most: int  # payments; 0: no plan
    least_a_month_cents: int
    needs_disclosure: bool
    down_payment_cents: int
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One version as it was set."""

    version: int
    in_force_on: date
    made_at: datetime
    made_by: str
    reason: str
    policy: PlanPolicy


@dataclass(frozen=True, slots=True)
class RulesPage:
    """``law`` is the practice's own state's, for its preview; a patient's may be stricter."""

    today: date
    policy: PlanPolicy
    law: StatePack
    versions: tuple[RulesVersion, ...]  # newest first
    preview: tuple[PreviewRow, ...]

    @property
    def newest(self) -> int:
        return self.versions[0].version if self.versions else 0


def rules_page(database: Database, principal: Principal, *, now: datetime) -> RulesPage:
    """The rules in force today, and every version."""
    with database.transaction(principal) as session:
        practice = _practice(session)
        today = now.astimezone(ZoneInfo(practice.time_zone)).date()
        law = pack_for([practice.state], provider=ProviderKind.PROFESSIONAL, on=today)
        versions = _versions(session)
        policy = policy_in_force(
            [PolicyVersion(in_force_from=one.in_force_on, policy=one.policy) for one in versions],
            today,
        )
        return RulesPage(
            today=today,
            policy=policy,
            law=law,
            versions=tuple(reversed(versions)),
            preview=tuple(preview(policy, law=law, today=today)),
        )


def preview(policy: PlanPolicy, *, law: StatePack, today: date) -> Iterator[PreviewRow]:
    """What each of some balances would be offered, under the practice's state's law."""
    strict = tightened(policy, law)
    by_month = Frequency.MONTHLY if Frequency.MONTHLY in policy.frequencies else None
    frequency = by_month or min(policy.frequencies, default=Frequency.MONTHLY)
    for balance_cents in PREVIEWED_CENTS:
        ground = Ground(balance_cents=balance_cents, policy=strict, pack=law, today=today)
        found = offers(ground, Wish(frequency=frequency))
        longest = found.choices[-1] if found.choices else None
        yield PreviewRow(
            balance_cents=balance_cents,
            most=longest.count if longest else 0,
            least_a_month_cents=longest.installment_cents if longest else 0,
            needs_disclosure=longest.needs_disclosure if longest else False,
            down_payment_cents=longest.down_payment_cents if longest else 0,
            refusal=found.refusal,
        )


def set_rules(
    database: Database,
    principal: Principal,
    policy: PlanPolicy,
    *,
    in_force_on: date,
    reason: str,
    made_by: str,
    newest_seen: int,
    now: datetime,
    request_id: str,
) -> None:
    """Put rules in force from a day on. Plans that stand keep those they were agreed to under.

    Raises RulesRefusedError, DayInThePastError and RulesChangedError.
    """
    findings = policy_findings(policy)
    if findings:
        raise RulesRefusedError(findings)
    with database.transaction(principal) as session:
        if in_force_on < now.astimezone(ZoneInfo(_practice(session).time_zone)).date():
            raise DayInThePastError(in_force_on)
        policy_id = session.scalar(
            insert(PlanPolicyVersion)
            .values(
                practice_id=practice_of(session),
                policy_id=new_id(),
                version=newest_seen + 1,
                in_force_on=in_force_on,
                document=policy_to_mapping(policy),
                made_at=now,
                made_by=made_by,
                reason=reason,
            )
            .on_conflict_do_nothing(constraint="plan_policies_version")
            .returning(PlanPolicyVersion.policy_id)
        )
        if policy_id is None:
            raise RulesChangedError(newest_seen)
        record(
            session,
            action="set_plan_rules",
            object_kind="plan_policy",
            object_id=policy_id,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )


def _practice(session: Session) -> Practice:
    return session.scalars(
        select(Practice).where(Practice.practice_id == practice_of(session))
    ).one()


def _versions(session: Session) -> list[RulesVersion]:
    rows = session.scalars(
        select(PlanPolicyVersion)
        .where(PlanPolicyVersion.practice_id == practice_of(session))
        .order_by(PlanPolicyVersion.version)
    )
    return [
        RulesVersion(
            version=row.version,
            in_force_on=row.in_force_on,
            made_at=row.made_at,
            made_by=row.made_by,
            reason=row.reason,
            policy=policy_from_mapping(row.document),
        )
        for row in rows
    ]

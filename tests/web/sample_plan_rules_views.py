"""The pages of the practice's rules for plans, drawn from the defaults and from changed ones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from flask_wtf import FlaskForm

from portal.domain.plans.policy import Autopay, DownPayment, PlanPolicy
from portal.domain.plans.state_pack import ProviderKind
from portal.domain.plans.state_packs import pack_for
from portal.plans.refusal_words import refusal_words
from portal.plans.rules.forms import (
    AUTOPAY_WORDS,
    FREQUENCY_WORDS,
    NEW_BALANCE_WORDS,
    RulesForm,
    filled_from,
)
from portal.plans.rules.service import RulesPage, RulesVersion, preview

ROUTES: Mapping[str, str] = {
    "/plan-rules": "plan_rules.rules",
    "/plan-rules/change": "plan_rules.change",
    "/plan-rules/check": "plan_rules.check",
    "/plan-rules/set": "plan_rules.put_in_force",
}

TODAY: Final = date(2026, 3, 9)
_LAW = pack_for(["OR"], provider=ProviderKind.PROFESSIONAL, on=TODAY)
_KINDER = replace(
    PlanPolicy(),
    tiers=tuple(
        replace(tier, most_installments=min(24, tier.most_installments + 4))
        for tier in PlanPolicy().tiers
    ),
    autopay=Autopay.REQUIRED,
    down_payment=DownPayment(percent=10, least_cents=20_00),
)


def _page(policy: PlanPolicy, *versions: RulesVersion) -> RulesPage:
    return RulesPage(
        today=TODAY,
        policy=policy,
        law=_LAW,
        versions=versions,
        preview=tuple(preview(policy, law=_LAW, today=TODAY)),
    )


_SET = RulesVersion(
    version=1,
    in_force_on=date(2026, 4, 1),
    made_at=datetime(2026, 3, 9, 18, 12, tzinfo=UTC),
    made_by="Maximiliana Featherstonehaugh-Villanueva de la Cruz",
    reason="More people can pay in ten, and the ones who could not asked us for more time.",
    policy=_KINDER,
)

WORDS: Final[Mapping[str, object]] = {
    "frequency_words": FREQUENCY_WORDS,
    "autopay_words": AUTOPAY_WORDS,
    "new_balance_words": NEW_BALANCE_WORDS,
    "refusal_words": refusal_words,
}

RULES: Final = _page(PlanPolicy())
RULES_TO_COME: Final = _page(PlanPolicy(), _SET)
CHECK: Final[Mapping[str, object]] = {
    "policy": _KINDER,
    "preview": tuple(preview(_KINDER, law=_LAW, today=TODAY)),
    "typed": [("reason", _SET.reason)],
}
TYPED_WRONG: Final[Mapping[str, str]] = {"min_balance_cents": "nothing", "tier_1": "500"}


def fill(form: FlaskForm) -> None:
    """What the view fills in before anybody typed."""
    if isinstance(form, RulesForm):
        form.allow_amounts()
        if form.min_balance_cents.data is None and not form.min_balance_cents.typed:
            filled = filled_from(PlanPolicy(), in_force_on=TODAY, newest_seen=0)
            for field in (one for one in filled if one.name in form):
                form[field.name].data = field.data

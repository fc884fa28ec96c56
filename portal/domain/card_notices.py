"""What the law of a practice's state wants said before a bill is paid with a credit card."""

from datetime import date

from portal.domain.plan_agreement_texts import NOTICES_OF_CARDS, notice_texts
from portal.domain.plans.state_pack import Notice, ProviderKind
from portal.domain.plans.state_pack_data import PACKS


def card_notices(state: str, *, on: date, phone: str, language: str) -> tuple[str, ...]:
    """Its sentences in force on a day; mostly none. A practice is taken for professionals.

    Of no other state: what New York wants said would be wrong of a bill in Oregon.
    """
    packs = [
        pack
        for pack in PACKS
        if state in pack.states
        and ProviderKind.PROFESSIONAL in pack.providers
        and pack.is_in_force(on)
    ]
    notices = frozenset[Notice]().union(*(pack.notices for pack in packs)) & NOTICES_OF_CARDS
    return notice_texts(notices, phone=phone, language=language)

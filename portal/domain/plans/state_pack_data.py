"""The states whose rules for payment plans were read: examples, to be confirmed by counsel.

A state that is not here was not read. Days of beginning are those of the law, or of its signing
where that is the earlier one we are sure of.
"""

from datetime import date
from typing import Final

from portal.domain.plans.state_pack import IncomeBasis, Notice, ProviderKind, StatePack

_EVERYBODY: Final = frozenset(ProviderKind)
_HOSPITALS: Final = frozenset({ProviderKind.HOSPITAL})
_PROFESSIONALS: Final = frozenset({ProviderKind.PROFESSIONAL})
_READ_ON: Final = date(2026, 11, 21)

PACKS: Final = (
    StatePack(
        states=frozenset({"CA"}),
        providers=_EVERYBODY,
        in_force_from=date(2025, 7, 1),
        notices=frozenset({Notice.CA_NO_CREDIT_REPORTING}),
        source="Cal. Civ. Code 1785.27",
        checked_on=_READ_ON,
    ),
    StatePack(
        states=frozenset({"CA"}),
        providers=_HOSPITALS,
        in_force_from=date(2022, 1, 1),
        max_income_percent=10,
        income_basis=IncomeBasis.AFTER_ESSENTIALS,
        max_apr_percent=0,
        default_not_before_days=90,
        agency_after_days=180,
        source="Cal. Health & Safety Code 127400 ff., 127454",
        checked_on=_READ_ON,
    ),
    StatePack(
        states=frozenset({"CO"}),
        providers=_HOSPITALS,
        in_force_from=date(2022, 9, 1),
        max_income_percent=4,
        max_months=36,
        max_apr_percent=3,
        agency_after_days=182,
        notices=frozenset({Notice.CO_PATIENT_RIGHTS}),
        source="C.R.S. 25.5-3-501 ff. (HB21-1198); SB23-093",
        checked_on=_READ_ON,
    ),
    StatePack(
        states=frozenset({"CO"}),
        providers=_PROFESSIONALS,
        in_force_from=date(2022, 9, 1),
        max_income_percent=2,
        max_months=36,
        max_apr_percent=3,
        agency_after_days=182,
        notices=frozenset({Notice.CO_PATIENT_RIGHTS}),
        source="C.R.S. 25.5-3-501 ff. (HB21-1198); SB23-093",
        checked_on=_READ_ON,
    ),
    StatePack(
        states=frozenset({"NJ"}),
        providers=_EVERYBODY,
        in_force_from=date(2024, 7, 22),
        max_income_percent=3,
        least_months=6,
        max_months=60,
        max_apr_percent=3,
        least_grace_days=60,
        agency_after_days=120,
        notices=frozenset({Notice.NJ_NOT_REPORTED}),
        source="N.J. P.L.2024, c.48",
        checked_on=_READ_ON,
    ),
    StatePack(
        states=frozenset({"NY"}),
        providers=_EVERYBODY,
        in_force_from=date(2024, 10, 20),
        notices=frozenset({Notice.NY_CARD_RISKS}),
        source="N.Y. Gen. Bus. Law 519-a",
        checked_on=_READ_ON,
    ),
    StatePack(
        states=frozenset({"NY"}),
        providers=_HOSPITALS,
        in_force_from=date(2024, 10, 20),
        max_income_percent=5,
        max_apr_percent=2,
        source="N.Y. Pub. Health Law 2807-k(9-a)",
        checked_on=_READ_ON,
    ),
)

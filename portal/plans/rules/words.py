"""What is wrong with rules for plans, in words; the codes are `policy_findings`'."""

from flask_babel import gettext

from portal.domain.money import format_usd
from portal.domain.plans.policy_findings import PolicyFault, PolicyFinding

_IN_CENTS = "_cents"


def finding_words(finding: PolicyFinding) -> str:
    """One sentence, with what to do."""
    if finding.fault is PolicyFault.OUT_OF_RANGE:
        _, least, most = (_figure(finding.field, value) for value in finding.values)
        return str(gettext("Enter something from %(least)s to %(most)s", least=least, most=most))
    if finding.fault is PolicyFault.TIER_COUNT:
        _, least, most = (str(value) for value in finding.values)
        return str(gettext("Offer from %(least)s to %(most)s payments", least=least, most=most))
    if finding.fault is PolicyFault.MISSES_UPSIDE_DOWN:
        return str(gettext("Missed in a row cannot be more than missed in 12 months"))
    if finding.fault is PolicyFault.NOTICE_BEYOND_FIRST_DUE:
        return str(
            gettext("With autopay for everybody, the first payment must be later than its notice")
        )
    return _about_balances(finding)


def _about_balances(finding: PolicyFinding) -> str:
    first, last = ([format_usd(value) for value in finding.values] + ["", ""])[:2]
    words = {
        PolicyFault.NO_FREQUENCY: gettext("Choose how often"),
        PolicyFault.NO_TIER: gettext("Say for which balances there is a plan"),
        PolicyFault.TIER_UPSIDE_DOWN: gettext(
            "Put the balances in order: %(first)s comes after %(last)s", first=first, last=last
        ),
        PolicyFault.TIER_GAP: gettext(
            "No row covers balances from %(first)s to %(last)s", first=first, last=last
        ),
        PolicyFault.TIERS_OVERLAP: gettext(
            "Two rows cover balances from %(first)s to %(last)s", first=first, last=last
        ),
        PolicyFault.TIER_TOO_SMALL: gettext(
            "A balance of %(first)s cannot be paid in two: two payments come to %(last)s",
            first=first,
            last=last,
        ),
        PolicyFault.BALANCES_UPSIDE_DOWN: gettext(
            "The largest balance must be %(first)s or more", first=first
        ),
        PolicyFault.DOWN_PAYMENT_TAKES_ALL: gettext(
            "A down payment of %(first)s is all of a balance of %(last)s", first=first, last=last
        ),
    }
    return str(words[finding.fault])


def _figure(field: str, value: int) -> str:
    return format_usd(value) if field.endswith(_IN_CENTS) else str(value)

"""What changed from one statement to the next, in words: as a row, and in short for a list."""

from collections.abc import Iterable, Iterator, Mapping

from flask_babel import LazyString, gettext, lazy_gettext, ngettext

from portal.domain.money import format_usd
from portal.domain.since_statement import SinceRow
from portal.domain.statement_changes import ChangeKind, StatementChange
from portal.web.i18n import long_day

_ROWS: Mapping[ChangeKind, LazyString] = {
    ChangeKind.PAID: lazy_gettext("You paid since then"),
    ChangeKind.CREDIT: lazy_gettext("Kept as a credit for you"),
    ChangeKind.FROM_CREDIT: lazy_gettext("Paid from your credit"),
    ChangeKind.ON_PLAN: lazy_gettext("Now on your payment plan"),
    ChangeKind.OFF_PLAN: lazy_gettext("No longer on a payment plan"),
    ChangeKind.PLACED: lazy_gettext("Now with a collection agency"),
    ChangeKind.RECALLED: lazy_gettext("Back from the collection agency"),
    ChangeKind.NEW_VISIT: lazy_gettext("New visit"),
    ChangeKind.DECIDED: lazy_gettext("Insurance decided"),
    ChangeKind.RESUMED: lazy_gettext("No longer paused"),
    ChangeKind.PAUSED: lazy_gettext("Paused: nothing to pay for it now"),
    ChangeKind.MORE: lazy_gettext("Changed by your insurance or by us"),
    ChangeKind.LESS: lazy_gettext("Taken off by your insurance or by us"),
    ChangeKind.OTHER: lazy_gettext("All other changes"),
    ChangeKind.ELSEWHERE: lazy_gettext("Not for this statement"),
    ChangeKind.FROM_BEFORE: lazy_gettext("Paid with money we already had"),
    ChangeKind.ON_ITS_WAY: lazy_gettext("Your payment on its way"),
}
_SHORT: Mapping[ChangeKind, LazyString] = {  # visits are counted
    ChangeKind.PAID: lazy_gettext("you paid %(amount)s"),
    ChangeKind.CREDIT: lazy_gettext("%(amount)s of it is kept as a credit"),
    ChangeKind.FROM_CREDIT: lazy_gettext("%(amount)s came from your credit"),
    ChangeKind.ON_PLAN: lazy_gettext("%(amount)s went to your payment plan"),
    ChangeKind.OFF_PLAN: lazy_gettext("%(amount)s is no longer on a payment plan"),
    ChangeKind.PLACED: lazy_gettext("%(amount)s went to a collection agency"),
    ChangeKind.RECALLED: lazy_gettext("%(amount)s came back from the collection agency"),
    ChangeKind.MORE: lazy_gettext("%(amount)s more by a change"),
    ChangeKind.LESS: lazy_gettext("%(amount)s was taken off"),
    ChangeKind.OTHER: lazy_gettext("%(amount)s by other changes"),
}
_CAME_BACK = lazy_gettext("%(amount)s that you paid came back")


def change_name(change: StatementChange) -> str:
    """The label of its row."""
    if change.kind is ChangeKind.PAID and change.cents > 0:
        return str(gettext("A payment of yours came back"))
    return str(_ROWS[change.kind])


def since_name(row: SinceRow) -> str:
    """The label of a row of what happened since a statement was issued."""
    if row.on is None:
        return str(_ROWS[row.kind])
    day = long_day(row.on)
    if row.kind is ChangeKind.EARLIER:
        return str(gettext("From your statement of %(day)s", day=day))
    if row.cents > 0:
        return str(gettext("Came back, or was sent back, on %(day)s", day=day))
    return str(gettext("You paid on %(day)s", day=day))


def changes_short(changes: Iterable[StatementChange]) -> tuple[str, ...]:
    """The same in a few words each, visits counted."""
    counts: dict[ChangeKind, int] = {}
    sums: dict[ChangeKind, int] = {}
    for one in changes:
        counts[one.kind] = counts.get(one.kind, 0) + 1
        sums[one.kind] = sums.get(one.kind, 0) + one.cents
    return (*_counted(counts), *_summed({kind: cents for kind, cents in sums.items() if cents}))


def _counted(counts: Mapping[ChangeKind, int]) -> Iterator[str]:
    if new := counts.get(ChangeKind.NEW_VISIT, 0):
        yield ngettext("one new visit", "%(num)s new visits", new)
    if decided := counts.get(ChangeKind.DECIDED, 0):
        yield ngettext("insurance decided one visit", "insurance decided %(num)s visits", decided)
    if paused := counts.get(ChangeKind.PAUSED, 0):
        yield ngettext("one visit is paused", "%(num)s visits are paused", paused)
    if resumed := counts.get(ChangeKind.RESUMED, 0):
        yield ngettext(
            "one visit is no longer paused", "%(num)s visits are no longer paused", resumed
        )


def _summed(sums: Mapping[ChangeKind, int]) -> Iterator[str]:
    for kind, cents in sums.items():
        came_back = kind is ChangeKind.PAID and cents > 0
        words = _CAME_BACK if came_back else _SHORT.get(kind)
        if words is not None:
            is_signed = kind is ChangeKind.OTHER
            yield str(words) % {"amount": format_usd(cents if is_signed else abs(cents))}

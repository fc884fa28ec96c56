"""Why home's amount is not what the newest statement asked for: in parts that add up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from portal.home.household import HouseholdVisit
from portal.statements.due import AccountNow, AskedFor, StatementDue, by_visit, left_of


@dataclass(frozen=True, slots=True)
class SinceIssue:
    """What the newest asked for, less what is gone of it, with the last two, is what is open now.

    ``settled_cents`` was paid, or taken off by insurance or by us; ``paused_cents`` waits. It told
    of ``again_cents`` as paid, on a plan or with an agency, and they are asked for again;
    ``earlier_cents`` only older statements asked for. None is below zero.
    """

    asked_cents: int = 0
    on_plan_cents: int = 0
    paused_cents: int = 0
    placed_cents: int = 0
    settled_cents: int = 0
    again_cents: int = 0
    earlier_cents: int = 0


NOTHING_ASKED = SinceIssue()


def since_issue(
    account: AccountNow,
    asked: AskedFor,
    owed: StatementDue,
    visits: Iterable[HouseholdVisit],
    placed: Mapping[UUID, int],
) -> SinceIssue:
    """``placed``: what agencies ask for, by visit."""
    if asked.newest_id is None:
        return NOTHING_ASKED
    own = left_of(account, asked, asked.newest_id)
    waiting = {visit.claim_id: visit.waiting_cents for visit in visits}
    gone = by_visit(asked.lines[asked.newest_id])
    asked_cents = sum(gone.values())
    for claim_id, cents in own.visit_cents.items():
        gone[claim_id] -= cents
    again_cents = -sum(min(0, cents) for cents in gone.values())
    gone = {claim_id: max(0, cents) for claim_id, cents in gone.items()}
    on_plan_cents = _taken(gone, by_visit(account.on_plans))
    placed_cents = _taken(gone, placed)
    paused_cents = _taken(gone, waiting)
    return SinceIssue(
        asked_cents=asked_cents,
        on_plan_cents=on_plan_cents,
        paused_cents=paused_cents,
        placed_cents=placed_cents,
        settled_cents=sum(gone.values()),
        again_cents=again_cents,
        earlier_cents=owed.open_cents - own.open_cents,
    )


def _taken(gone: dict[UUID, int], cents: Mapping[UUID, int]) -> int:
    """What of the rest of each visit these explain; it is taken off the rest."""
    taken = 0
    for claim_id, rest in gone.items():
        part = min(rest, max(0, cents.get(claim_id, 0)))
        gone[claim_id] -= part
        taken += part
    return taken

"""How a decision moves the patient's side of one claim: pending, receivable, paid, by target.

After ``settle`` every target is at rest: held shares are pending, others receivable, none below
zero, and all figures together, with what the practice let off, are the share the payer decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from portal.domain.claim_position import LetOff, PatientBalance
from portal.domain.journal import LedgerAccount


@dataclass(frozen=True, slots=True)
class ShareMove:
    """What changes on one target; ``charge_id`` None is the claim as a whole."""

    charge_id: UUID | None
    pending_cents: int = 0
    receivable_cents: int = 0


@dataclass(frozen=True, slots=True)
class LetOffChange:
    """What the practice let off leaves a target that has no room for it; below zero: it comes."""

    charge_id: UUID | None
    account: LedgerAccount
    cents: int


@dataclass(frozen=True, slots=True)
class FittedLetOff:
    """Where it has gone, and what no share has room for, by the target it was on."""

    changes: tuple[LetOffChange, ...] = ()
    left: Mapping[UUID | None, LetOff] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The moves that bring a claim to rest, each kind an event of its own."""

    released: tuple[ShareMove, ...] = ()
    held: tuple[ShareMove, ...] = ()
    credit_released: tuple[ShareMove, ...] = ()
    credit_applied: tuple[ShareMove, ...] = ()


NOTHING_TO_SETTLE = Settlement()
_NOTHING = PatientBalance()
_ALL_FITS = FittedLetOff()


class PatientSide:
    """The balances of one claim while one decision is being worked out; not kept after it."""

    def __init__(self, balances: Mapping[UUID | None, PatientBalance]) -> None:
        self._balances = dict(balances)

    @property
    def balances(self) -> Mapping[UUID | None, PatientBalance]:
        return self._balances

    @property
    def open_cents(self) -> int:
        """What the patient owes or will owe of the claim."""
        return sum(one.open_cents for one in self._balances.values())

    def add(self, shares: Iterable[tuple[UUID | None, int]]) -> tuple[ShareMove, ...]:
        """A payer's new share: pending, until ``settle`` says that nothing holds it."""
        moves = tuple(ShareMove(charge_id, pending_cents=cents) for charge_id, cents in shares)
        self._apply(moves)
        return moves

    def take_back(self, shares: Iterable[tuple[UUID | None, int]]) -> tuple[ShareMove, ...]:
        """The share goes back to the payer, the pending part first.

        What was already paid on it leaves the receivable below zero until ``settle``.
        """
        moves = []
        for charge_id, cents in shares:
            pending = min(self._at(charge_id).pending_cents, cents)
            move = ShareMove(charge_id, -pending, pending - cents)
            self._apply((move,))
            moves.append(move)
        return tuple(moves)

    def fit_let_off(
        self, waiting: Mapping[UUID | None, LetOff], *, awaiting_correction: bool
    ) -> FittedLetOff:
        """What the practice let off, above the share of its target, goes to others of the claim.

        So does what waited for a correction, first to where it came from; while one is still
        awaited, nowhere else. Before anything that was paid becomes credit.
        """
        freed = {
            (charge_id, account): cents
            for charge_id, let_off in waiting.items()
            for account, cents in let_off
        }
        leaves = self._let_off_above_shares()
        for change in leaves:
            source = (change.charge_id, change.account)
            freed[source] = freed.get(source, 0) + change.cents
        if not freed:
            return _ALL_FITS
        changes = [*leaves, *self._let_off_into_room(freed, own_target=True)]
        if not awaiting_correction:
            changes += self._let_off_into_room(freed, own_target=False)
        left: dict[UUID | None, LetOff] = {}
        for (charge_id, account), cents in freed.items():
            if cents:
                left[charge_id] = (*left.get(charge_id, ()), (account, cents))
        return FittedLetOff(tuple(changes), left)

    def settle(self, *, held: bool, waiting_credit: Mapping[UUID | None, int]) -> Settlement:
        """Bring every target to rest.

        A held share is pending but for what has been paid on it. What was paid above the share
        becomes credit. Unless the claim is held, that credit, and what waited for a correction,
        pays whatever else is open on the claim.
        """
        released, held_back, above = [], [], []
        for charge_id, balance in self._balances.items():
            open_cents = balance.open_cents
            at_rest = max(open_cents, 0) if held else 0
            shift = ShareMove(
                charge_id, at_rest - balance.pending_cents, balance.pending_cents - at_rest
            )
            if shift.receivable_cents > 0:
                released.append(shift)
            elif shift.receivable_cents < 0:
                held_back.append(shift)
            if open_cents < 0:
                above.append(ShareMove(charge_id, receivable_cents=-open_cents))
        self._apply((*released, *held_back))
        self._pay(above)
        applied = [] if held else self._spend(_with_freed(waiting_credit, above))
        return Settlement(tuple(released), tuple(held_back), tuple(above), tuple(applied))

    def _let_off_above_shares(self) -> list[LetOffChange]:
        leaves = []
        for charge_id, balance in self._balances.items():
            excess = -balance.open_cents
            for account, cents in balance.let_off:
                part = min(excess, cents)
                if part > 0:
                    leaves.append(LetOffChange(charge_id, account, part))
                    excess -= part
        self._let_off(leaves)
        return leaves

    def _let_off_into_room(
        self, freed: dict[tuple[UUID | None, LedgerAccount], int], *, own_target: bool
    ) -> list[LetOffChange]:
        """Lowers ``freed`` by what finds room on its own target, or on any."""
        comes = []
        for (source, account), cents in freed.items():
            left = cents
            for charge_id in (source,) if own_target else tuple(self._balances):
                part = min(self._at(charge_id).open_cents, left)
                if part > 0:
                    change = LetOffChange(charge_id, account, -part)
                    self._let_off((change,))
                    comes.append(change)
                    left -= part
            freed[source, account] = left
        return comes

    def _let_off(self, changes: Iterable[LetOffChange]) -> None:
        for change in changes:
            balance = self._at(change.charge_id)
            let_off = dict(balance.let_off)
            let_off[change.account] = let_off.get(change.account, 0) - change.cents
            self._balances[change.charge_id] = replace(
                balance,
                receivable_cents=balance.receivable_cents + change.cents,
                let_off=tuple(one for one in let_off.items() if one[1]),
            )

    def _spend(self, credit: dict[UUID | None, int]) -> list[ShareMove]:
        """Credit pays first where it came from, then whatever else of the claim is open."""
        applied = []
        own = [(charge_id, charge_id) for charge_id in credit]
        others = [(source, charge_id) for source in credit for charge_id in self._balances]
        for source, charge_id in own + others:
            usable = min(credit[source], self._at(charge_id).receivable_cents)
            if usable > 0:
                move = ShareMove(charge_id, receivable_cents=-usable)
                self._pay((move,))
                applied.append(move)
                credit[source] -= usable
        return applied

    def _at(self, charge_id: UUID | None) -> PatientBalance:
        return self._balances.get(charge_id, _NOTHING)

    def _apply(self, moves: Iterable[ShareMove]) -> None:
        for move in moves:
            balance = self._at(move.charge_id)
            self._balances[move.charge_id] = PatientBalance(
                balance.pending_cents + move.pending_cents,
                balance.receivable_cents + move.receivable_cents,
                balance.paid_cents,
                balance.let_off,
            )

    def _pay(self, moves: Iterable[ShareMove]) -> None:
        """Credit and payment change places with the receivable; the share stays what it is."""
        for move in moves:
            balance = self._at(move.charge_id)
            self._balances[move.charge_id] = replace(
                balance,
                receivable_cents=balance.receivable_cents + move.receivable_cents,
                paid_cents=balance.paid_cents - move.receivable_cents,
            )


def _with_freed(
    waiting_credit: Mapping[UUID | None, int], freed: Iterable[ShareMove]
) -> dict[UUID | None, int]:
    credit = dict(waiting_credit)
    for move in freed:
        credit[move.charge_id] = credit.get(move.charge_id, 0) + move.receivable_cents
    return credit

"""How a decision moves the patient's side of one claim: pending, receivable, paid, by target.

After ``settle`` every target is at rest: held shares are pending, others receivable, none below
zero, and all figures together, with what the practice let off, are the share the payer decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from portal.domain.claim_position import PatientBalance
from portal.domain.journal import LedgerAccount


@dataclass(frozen=True, slots=True)
class ShareMove:
    """What changes on one target; ``charge_id`` None is the claim as a whole."""

    charge_id: UUID | None
    pending_cents: int = 0
    receivable_cents: int = 0


@dataclass(frozen=True, slots=True)
class PutBack:
    """What the practice let off is more than the share leaves room for, and counts no more."""

    charge_id: UUID | None
    account: LedgerAccount
    cents: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """The moves that bring a claim to rest, each kind an event of its own."""

    released: tuple[ShareMove, ...] = ()
    held: tuple[ShareMove, ...] = ()
    put_back: tuple[PutBack, ...] = ()
    credit_released: tuple[ShareMove, ...] = ()
    credit_applied: tuple[ShareMove, ...] = ()


NOTHING_TO_SETTLE = Settlement()
_NOTHING = PatientBalance()


class PatientSide:
    """The balances of one claim while one decision is being worked out; not kept after it."""

    def __init__(self, balances: Mapping[UUID | None, PatientBalance]) -> None:
        self._balances = dict(balances)

    @property
    def balances(self) -> Mapping[UUID | None, PatientBalance]:
        return self._balances

    @property
    def puts_back(self) -> bool:
        """Whether ``settle`` will put back some of what the practice let off."""
        return any(
            balance.let_off and balance.pending_cents + balance.receivable_cents < 0
            for balance in self._balances.values()
        )

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

    def settle(self, *, held: bool, waiting_credit: Mapping[UUID | None, int]) -> Settlement:
        """Bring every target to rest.

        A held share is pending but for what has been paid on it. Of what is above the share, first
        what the practice let off counts no more, then what was paid becomes credit. Credit that
        waited for a correction pays what the correction releases.
        """
        put_back = self._put_back()
        released, held_back, above = [], [], []
        for charge_id, balance in self._balances.items():
            open_cents = balance.pending_cents + balance.receivable_cents
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
        applied = [] if held else self._spend(dict(waiting_credit))
        return Settlement(tuple(released), tuple(held_back), put_back, tuple(above), tuple(applied))

    def _put_back(self) -> tuple[PutBack, ...]:
        """As far as more was let off and paid than the share is now."""
        moves = []
        for charge_id, balance in self._balances.items():
            excess = max(0, -balance.pending_cents - balance.receivable_cents)
            for account, cents in balance.let_off:
                part = min(excess, cents)
                if part > 0:
                    moves.append(PutBack(charge_id, account, part))
                    excess -= part
        for move in moves:
            balance = self._at(move.charge_id)
            kept = tuple(
                (account, cents - (move.cents if account is move.account else 0))
                for account, cents in balance.let_off
            )
            self._balances[move.charge_id] = replace(
                balance,
                receivable_cents=balance.receivable_cents + move.cents,
                let_off=tuple(one for one in kept if one[1]),
            )
        return tuple(moves)

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

"""Whatever comes in whatever order: the books hold, and nobody is asked for what was received.

Nor for what the practice let off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.db import Database
from portal.domain.journal import LedgerAccount
from portal.jobs.ledger_check import CHECKS
from portal.practice.directory import practice_by_slug
from tests.builders import make_guarantor, make_patient, make_practice
from tests.remittances.desk import ImportDesk, SentClaim, SentLine
from tests.sync.feeding import Feeder, Row

NUMBERS = ("A1", "A2")
NOT_HERE = {"payments", "outbox"}  # payments of tests are entries alone
CENTS = st.sampled_from((500, 2_000, 2_500))
NUMBER = st.sampled_from(NUMBERS)
WHAT = st.sampled_from(
    (
        "receipt",
        "receipt",
        "decide",
        "decide",
        "pay",
        "reverse",
        "refund",
        "void",
        "let_off",
        "again",
    )
)
STEPS = st.tuples(WHAT, NUMBER, CENTS)


@dataclass(slots=True)
class Story:
    """One practice, two visits of June's on one day, and what happens to them."""

    desk: ImportDesk
    feeder: Feeder
    sent: list[Row] = field(default_factory=list)
    decided: dict[str, SentClaim] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NUMBERS, 0))
    let_off: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NUMBERS, 0))
    count: int = 0

    def step(self, what: str, number: str, cents: int) -> None:
        self.count += 1
        steps: dict[str, Callable[[str, int], None]] = {
            "receipt": self._receive,
            "decide": self._decide,
            "reverse": self._reverse,
            "pay": self._pay,
            "refund": self._refund,
            "void": self._void,
            "let_off": self._let_off,
            "again": self._again,
        }
        steps[what](number, cents)

    def _send(self, row: Row) -> bool:
        self.sent.append(row)
        return bool(self.feeder.send(row).as_json()["posted"])

    def _receive(self, number: str, cents: int) -> None:
        row = Row(id=f"R-{self.count}", account_number="J-1", claim_number=number, cents=cents)
        if self._send(row):
            self.received[number] += cents

    def _refund(self, number: str, cents: int) -> None:
        receipt = self._last_receipt(number)
        if receipt and self._send(
            Row(
                kind="refund",
                id=f"F-{self.count}",
                claim_number="",
                cents=cents,
                refers_to=receipt.id,
            )
        ):
            self.received[receipt.claim_number] -= cents

    def _void(self, number: str, cents: int) -> None:
        del cents
        receipt = self._last_receipt(number)
        if receipt:
            left = self._left_of(receipt)
            if self._send(receipt.void(id=f"V-{self.count}")):
                self.received[receipt.claim_number] -= left

    def _let_off(self, number: str, cents: int) -> None:
        row = Row(
            kind="adjustment",
            id=f"L-{self.count}",
            account_number="J-1",
            claim_number=number,
            cents=cents,
            adjustment_class="courtesy",
        )
        if self._send(row):
            self.let_off[number] += cents

    def _again(self, number: str, cents: int) -> None:
        """Nothing that was told before may count twice."""
        del number, cents
        if self.sent:
            known = set(self.feeder.records())
            self.feeder.send(*(row for row in self.sent if row.id in known and self._posted(row)))

    def _decide(self, number: str, cents: int) -> None:
        if number not in self.decided:
            line = SentLine(adjustments={"CO45": 3_000, "PR3": cents})
            claim = SentClaim(number=number, icn=f"ICN{self.count}", lines=(line,))
            self.decided[number] = claim
            self.desk.bring(self.desk.write(claim))

    def _reverse(self, number: str, cents: int) -> None:
        del cents
        if self.decided:
            claim = self.decided.pop(number, None) or self.decided.popitem()[1]
            self.desk.bring(self.desk.write(claim.reversal()))

    def _pay(self, number: str, cents: int) -> None:
        billable = {key: one.billable_cents for key, one in self.desk.claims().items()}
        number = max(billable, key=lambda key: billable[key], default=number)
        if billable.get(number):
            self.desk.pay(number, min(cents, sum(billable.values())))

    def _last_receipt(self, number: str) -> Row | None:
        """Of this claim, else of the other."""
        rows = [one for one in self.sent if one.kind == "receipt"]
        rows.sort(key=lambda one: one.claim_number == number)
        return rows[-1] if rows else None

    def _left_of(self, row: Row) -> int:
        record = self.feeder.records()[row.id]
        return record.amount_cents - record.returned_cents

    def _posted(self, row: Row) -> bool:
        return self.feeder.records()[row.id].outcome == "posted"

    def examine(self) -> None:
        with self.desk.database.transaction(self.desk.principal()) as session:
            found = [one for check in CHECKS for one in check(session)]
        assert [one.message for one in found if one.check not in NOT_HERE] == []
        credit = -self.desk.sums().get(LedgerAccount.UNAPPLIED_CREDIT, 0)
        claims = self.desk.claims()
        for number in NUMBERS:
            if number in claims:
                share = (
                    self.decided[number].lines[0].adjustments["PR3"]
                    if number in self.decided
                    else 0
                )
                asked = claims[number].billable_cents
                met = self.received[number] + self.let_off[number]
                assert asked <= max(0, share - met) + credit


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=6, max_size=12))
def test_no_order_of_feeds_remittances_and_payments_asks_for_what_was_received(
    database: Database, tmp_path: Path, steps: Sequence[tuple[str, str, int]]
) -> None:
    story = begun(database, tmp_path)
    for what, number, cents in steps:
        story.step(what, number, cents)
        story.examine()


def begun(database: Database, folder: Path) -> Story:
    """A practice of its own: append-only tables cannot be cleaned."""
    slug = f"law-{begun.__dict__.setdefault('count', 0)}"
    begun.__dict__["count"] += 1
    practice_id = make_practice(database, slug=slug)
    guarantor_id = make_guarantor(
        database, practice_id, account_number="J-1", first_name="June", last_name="Marlowe"
    )
    make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="June",
        last_name="Marlowe",
        member_identifier="W1",
    )
    practice = practice_by_slug(database, slug)
    home = folder / slug
    home.mkdir()
    desk = ImportDesk(database, practice, home)
    return Story(desk, Feeder(database, practice, examines=False))

"""`claims list`: the ledger's figures of each claim, and what may be billed of them."""

import json
from dataclasses import replace

from sqlalchemy import insert

from portal.db import new_id
from portal.practice.models import Hold
from portal.remittances.claims.listing import claims_list
from tests.remittances.desk import NOW, ImportDesk, SentClaim, SentLine
from tests.remittances.test_import_dispositions import UNBALANCED

FIELDS = [
    "claim_id",
    "charge_cents",
    "paid_cents",
    "adjusted_cents",
    "payer_receivable_cents",
    "patient_pending_cents",
    "patient_receivable_cents",
    "patient_paid_cents",
    "billable_cents",
    "holds",
    "denied",
]


def test_a_claim_has_exactly_the_fields_of_the_contract(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    (line,) = [json.dumps(one.as_json()) for one in claims_list(desk.database, desk.practice)]
    assert list(json.loads(line)) == FIELDS


def test_what_the_patient_paid_leaves_the_share(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    desk.pay("A1", 500)
    claim = desk.claim()
    assert (claim.patient_paid_cents, claim.patient_receivable_cents) == (500, 1_500)
    assert claim.billable_cents == 1_500


def test_a_held_claim_is_billed_nothing(desk: ImportDesk) -> None:
    desk.receive(replace(SentClaim(), status="19"))
    claim = desk.claim()
    assert claim.holds == ("crossover",)
    assert (claim.patient_pending_cents, claim.patient_receivable_cents) == (2_000, 0)
    assert claim.billable_cents == 0


def test_a_hold_on_the_account_stops_each_of_its_claims(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            insert(Hold).values(
                practice_id=desk.practice.practice_id,
                hold_id=new_id(),
                guarantor_id=desk.guarantor_id(),
                kind="bankruptcy",
                reason="Chapter 7",
                placed_at=NOW,
                placed_by="test",
            )
        )
    claim = desk.claim()
    assert (claim.holds, claim.billable_cents) == (("bankruptcy",), 0)
    assert claim.patient_receivable_cents == 2_000


def test_a_claim_that_is_not_in_the_journal_is_not_listed(desk: ImportDesk) -> None:
    desk.receive(UNBALANCED)
    assert desk.claims() == {}


def test_a_claim_of_no_charge_is_listed_with_zeros(desk: ImportDesk) -> None:
    desk.receive(SentClaim(lines=[SentLine(charge_cents=0, adjustments={})]))
    assert desk.claim().charge_cents == 0


def test_an_unpaid_denial_is_denied_until_it_is_paid(desk: ImportDesk) -> None:
    denied = SentClaim(lines=[SentLine(adjustments={"CO16": 10_000})], status="4")
    desk.receive(denied)
    assert desk.claim().denied
    desk.receive(denied.reversal())
    desk.receive(replace(SentClaim(), icn="ICN2"))
    assert not desk.claim().denied

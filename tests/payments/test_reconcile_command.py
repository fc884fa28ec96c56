"""What `portal payments reconcile` does: reads Stripe's books, then compares a day."""

from portal.payments.books.reading import ReconciledDay, reconcile
from portal.practice.directory import practice_by_id
from tests.payments.settling import Settling
from tests.payments.test_reconciling import the_practice_takes_everything, today


def reconciled(settling: Settling) -> ReconciledDay:
    practice = practice_by_id(settling.payer.database, settling.practice_id)
    return reconcile(
        settling.payer.database,
        settling.records,
        practice,
        today(settling),
        now=settling.payer.now,
    )


def test_it_reads_first_and_then_compares(settling: Settling) -> None:
    settling.pay(6_000)
    found = reconciled(settling).as_json()
    assert found["ok"] is False
    assert found["differences"] == {"not_in_practice_system": 1}
    the_practice_takes_everything(settling)
    found = reconciled(settling).as_json()
    assert {
        name: found[name] for name in ("ok", "rows", "matched", "off", "ties", "unexplained_cents")
    } == {"ok": True, "rows": 1, "matched": 1, "off": 0, "ties": True, "unexplained_cents": 0}
    assert (found["stripe_cents"], found["fee_cents"], found["journal_cents"]) == (
        6_000,
        204,
        6_000,
    )
    assert (found["clearing_cents"], found["balance_cents"]) == (6_000, 5_796)


def test_a_dispute_nobody_told_us_of_is_found(settling: Settling) -> None:
    settling.dispute(settling.pay(6_000))
    the_practice_takes_everything(settling)
    found = reconciled(settling)
    assert found.is_ok
    assert {row.kind for row in found.day.rows} == {"payment", "dispute"}

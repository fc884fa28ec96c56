"""Autopay of new statements: announced, up to the limit, stopped by whatever must stop it."""

from datetime import timedelta
from uuid import UUID

import pytest

from portal.domain.charge_schedule import ScheduledState
from portal.domain.dates import long_day
from portal.messages.service import MessageState
from portal.payments.autopay.service import NoMailError, stop_autopay
from portal.payments.scheduled.endings import end_for_dispute, standing_agreement
from portal.payments.scheduled.new_statements import with_something_new
from portal.payments.scheduled.queries import scheduled_page
from portal.payments.scheduled.service import (
    DayRefusedError,
    stop,
)
from portal.practice.models import Guarantor
from tests.payments.dying import DyingDatabase
from tests.payments.keeping import DECLINED_LATER, Keeper
from tests.payments.owing import change_debt


def test_a_new_statement_is_announced_and_then_charged(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.look_ahead()
    assert keeper.charges() == []  # the statement of before is the patient's
    keeper.pass_days(1)
    statement_id = keeper.issue()
    assert keeper.look_ahead().planned == 1
    assert keeper.look_ahead().planned == 0
    (planned,) = keeper.charges()
    assert (planned.statement_id, planned.origin) == (statement_id, "autopay")
    assert planned.charge_on == keeper.today + timedelta(days=10)
    assert planned.notified_at is None
    keeper.pass_days(5)
    assert keeper.look_ahead().notified == 1
    assert keeper.look_ahead().notified == 0
    keeper.charge()
    assert keeper.charged_cents() == 0
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.state(planned.scheduled_id) is ScheduledState.PAID
    assert keeper.payments()[0].channel == "autopay"
    assert keeper.charged_cents() == keeper.posted_cents() == 3_000
    expected = ["method_saved", "autopay_on", "charge_notice", "payment_receipt"]
    assert keeper.mails() == expected


def test_a_bank_debit_is_announced_ten_days_before(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save_account(), days=5)
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    (planned,) = keeper.charges()
    assert planned.charge_on == keeper.today + timedelta(days=10)
    assert planned.notified_at == keeper.now


def test_a_notice_that_is_late_puts_the_charge_off(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    keeper.pass_days(10)  # no worker ran meanwhile
    keeper.charge()
    assert keeper.charged_cents() == 0
    keeper.look_ahead()
    (planned,) = keeper.charges()
    assert planned.charge_on == planned.next_try_on == keeper.today + timedelta(days=5)


def test_a_statement_above_the_limit_is_asked_about_and_not_charged(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save(), cap_cents=2_999)
    keeper.pass_days(1)
    keeper.issue()
    assert keeper.look_ahead().asked == 1
    (planned,) = keeper.charges()
    assert (planned.state, planned.reason) == ("needs_patient", "over_cap")
    assert keeper.mails()[-1] == "charge_needs_you"
    keeper.pass_days(20)
    keeper.look_ahead()
    keeper.charge()
    assert keeper.charged_cents() == 0


def test_more_than_was_announced_is_never_charged(keeper: Keeper) -> None:
    database, owing = keeper.payer.database, keeper.payer.owing
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    change_debt(database, owing, owing.unbilled.target, cents=1_000, why="insurance decided again")
    keeper.pass_days(5)
    keeper.look_ahead()
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.charged_cents() == 3_000


@pytest.mark.parametrize("how", ["stopped", "turned off", "disputed"])
def test_what_stops_it_stops_it(keeper: Keeper, how: str) -> None:
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    (planned,) = keeper.charges()
    if how == "stopped":
        stop(database, ana, planned.scheduled_id, now=keeper.now, request_id="test")
    elif how == "turned off":
        stop_autopay(
            database, ana, guarantor_id=keeper.guarantor_id, now=keeper.now, request_id="test"
        )
    else:
        with database.transaction(keeper.payer.job) as session:
            end_for_dispute(session, keeper.guarantor_id, now=keeper.now)
    stands = keeper.payer.read(lambda session: standing_agreement(session, keeper.guarantor_id))
    assert (stands is not None) is (how == "stopped")
    keeper.pass_days(12)
    keeper.look_ahead()
    keeper.charge()
    assert keeper.state(planned.scheduled_id) is ScheduledState.STOPPED
    assert keeper.charged_cents() == 0


def test_it_can_be_moved_to_another_day(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    (planned,) = keeper.charges()
    keeper.pass_days(5)
    keeper.look_ahead()
    keeper.move(planned.scheduled_id, days=30)
    keeper.pass_days(29)
    keeper.charge()
    assert keeper.charged_cents() == 0
    keeper.pass_days(1)
    keeper.charge()
    assert keeper.charged_cents() == 3_000


def test_while_the_account_is_on_hold_nothing_is_planned(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.hold()
    assert keeper.look_ahead().planned == 0


def test_other_terms_replace_the_first_and_leave_what_is_planned(keeper: Keeper) -> None:
    method_id = keeper.save()
    keeper.start_autopay(method_id, cap_cents=1_000)
    keeper.start_autopay(method_id, cap_cents=9_000)
    stands = keeper.payer.read(lambda session: standing_agreement(session, keeper.guarantor_id))
    assert stands is not None
    assert stands.cap_cents == 9_000
    assert keeper.mails() == ["method_saved", "autopay_on", "autopay_on"]


def plan_under(keeper: Keeper, method_id: UUID) -> UUID:
    """A charge of $30.00 that autopay has planned and announced."""
    keeper.start_autopay(method_id)
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    keeper.pass_days(5)
    keeper.look_ahead()
    (planned,) = keeper.charges()
    return planned.scheduled_id


def turn_off(keeper: Keeper) -> None:
    stop_autopay(
        keeper.payer.database,
        keeper.payer.owing.principal,
        guarantor_id=keeper.guarantor_id,
        now=keeper.now,
        request_id="test",
    )


def test_turned_off_it_stops_what_was_planned_under_earlier_terms_as_well(keeper: Keeper) -> None:
    method_id = keeper.save()
    scheduled_id = plan_under(keeper, method_id)
    keeper.start_autopay(method_id, cap_cents=9_000)
    turn_off(keeper)
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.STOPPED
    assert keeper.charged_cents() == 0


def test_what_is_planned_goes_on_under_other_terms_that_allow_it(keeper: Keeper) -> None:
    method_id = keeper.save()
    scheduled_id = plan_under(keeper, method_id)
    keeper.start_autopay(method_id, cap_cents=3_000)
    stands = keeper.payer.read(lambda session: standing_agreement(session, keeper.guarantor_id))
    assert stands is not None
    planned = keeper.row(scheduled_id)
    assert (planned.agreement_id, planned.consent_id) == (stands.agreement_id, stands.consent_id)
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.charged_cents() == keeper.posted_cents() == 3_000


def test_what_is_planned_above_a_lower_limit_is_asked_about_and_not_charged(
    keeper: Keeper,
) -> None:
    method_id = keeper.save()
    scheduled_id = plan_under(keeper, method_id)
    keeper.start_autopay(method_id, cap_cents=2_999)
    planned = keeper.row(scheduled_id)
    assert (planned.state, planned.reason) == ("needs_patient", "over_cap")
    assert keeper.mails()[-2:] == ["autopay_on", "charge_needs_you"]
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.charged_cents() == 0


def test_with_another_method_what_is_planned_is_announced_anew_and_charged_to_that(
    keeper: Keeper,
) -> None:
    scheduled_id = plan_under(keeper, keeper.save())
    account = keeper.save_account()
    keeper.start_autopay(account)
    keeper.look_ahead()
    planned = keeper.row(scheduled_id)
    assert (planned.method_id, planned.notified_at) == (account, keeper.now)
    assert planned.charge_on == keeper.today + timedelta(days=10)
    assert keeper.mails().count("charge_notice") == 2


def test_a_declined_charge_is_not_tried_on_another_method_unasked(keeper: Keeper) -> None:
    scheduled_id = plan_under(keeper, keeper.save(DECLINED_LATER))
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.RETRYING
    keeper.start_autopay(keeper.save())
    planned = keeper.row(scheduled_id)
    assert (planned.state, planned.reason) == ("needs_patient", "declined")


def test_a_try_under_way_when_the_terms_change_is_not_repeated_under_the_old(
    keeper: Keeper,
) -> None:
    method_id = keeper.save(DECLINED_LATER)
    scheduled_id = plan_under(keeper, method_id)
    keeper.pass_days(5)
    keeper.wire.control.fail_next("answer_lost")
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.CHARGING
    keeper.start_autopay(method_id, cap_cents=1_000)
    keeper.payer.sweep(everything=True)
    assert keeper.state(scheduled_id) is ScheduledState.RETRYING
    keeper.pass_days(1)
    assert keeper.charge().ended == 1
    assert keeper.state(scheduled_id) is ScheduledState.STOPPED
    assert keeper.mails()[-1] == "charge_stopped"
    assert len(keeper.payments()) == 1


def test_an_announced_day_long_past_is_announced_anew_and_kept_then(keeper: Keeper) -> None:
    scheduled_id = plan_under(keeper, keeper.save())
    keeper.pass_days(5 + 4)  # no worker ran meanwhile
    keeper.charge()
    assert keeper.charged_cents() == 0
    assert keeper.look_ahead().notified == 1
    assert keeper.row(scheduled_id).charge_on == keeper.today + timedelta(days=5)
    keeper.pass_days(5)
    keeper.charge()
    assert keeper.charged_cents() == 3_000


def test_a_move_before_the_notice_moves_the_notice_and_leaves_room_for_it(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    (planned,) = keeper.charges()
    with pytest.raises(DayRefusedError):
        keeper.move(planned.scheduled_id, days=5)
    later = keeper.today + timedelta(days=20)
    keeper.move(planned.scheduled_id, days=20)
    keeper.pass_days(14)
    assert keeper.look_ahead().notified == 0
    keeper.pass_days(1)
    assert keeper.look_ahead().notified == 1
    keeper.pass_days(5)
    keeper.charge()
    assert (keeper.row(planned.scheduled_id).charge_on, keeper.charged_cents()) == (later, 3_000)


def test_a_notice_that_fails_in_the_run_that_planned_its_charge_ends_nothing_else(
    keeper: Keeper,
) -> None:
    keeper.start_autopay(keeper.save_account(), days=5)
    keeper.pass_days(1)
    keeper.issue()
    living = keeper.payer.database
    keeper.payer.database = DyingDatabase(living, dies_in=7, error=RuntimeError)
    counts = keeper.look_ahead()
    keeper.payer.database = living
    assert (counts.planned, counts.notified, counts.failed) == (1, 0, 1)
    assert keeper.look_ahead().notified == 1


def test_without_mail_there_is_no_autopay(keeper: Keeper) -> None:
    method_id = keeper.save()
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        ana = session.get_one(Guarantor, (keeper.practice_id, keeper.guarantor_id))
        ana.email_agreed_at = None
    with pytest.raises(NoMailError):
        keeper.start_autopay(method_id)


def test_a_notice_that_cannot_go_out_means_no_charge(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    with keeper.payer.database.transaction(keeper.payer.job) as session:
        ana = session.get_one(Guarantor, (keeper.practice_id, keeper.guarantor_id))
        ana.email = None
    keeper.pass_days(5)
    keeper.look_ahead()
    keeper.pass_days(5)
    keeper.charge()
    (planned,) = keeper.charges()
    assert (planned.state, planned.reason) == ("needs_patient", "no_notice")
    assert keeper.payer.task_kinds() == ["charge_not_announced"]
    assert keeper.charged_cents() == 0


def test_a_moved_charge_is_agreed_to_anew_with_its_new_day(keeper: Keeper) -> None:
    """Also one of autopay: its agreement says nothing of the day that was chosen now."""
    keeper.start_autopay(keeper.save())
    keeper.pass_days(1)
    statement_id = keeper.issue()
    keeper.look_ahead()
    (by_autopay,) = keeper.charges()
    chosen_id = keeper.plan(by_autopay.method_id)
    for scheduled_id in (by_autopay.scheduled_id, chosen_id):
        before = keeper.row(scheduled_id).consent_id
        keeper.move(scheduled_id, days=21)
        page = scheduled_page(
            keeper.payer.database,
            keeper.payer.owing.principal,
            scheduled_id,
            statement_id=statement_id,
            language="en",
            now=keeper.now,
            request_id="test",
        )
        assert keeper.row(scheduled_id).consent_id != before
        assert long_day(keeper.today + timedelta(days=21), "en") in page.wording[0]
    keeper.start_autopay(by_autopay.method_id, cap_cents=20_000)
    moved, _ = keeper.charges()
    assert moved.consent_id != before  # other terms are not that day's
    assert moved.agreement_id != by_autopay.agreement_id


@pytest.mark.parametrize("became", [MessageState.BOUNCED, MessageState.NOT_SENT])
def test_a_notice_that_did_not_arrive_means_no_charge(keeper: Keeper, became: MessageState) -> None:
    keeper.start_autopay(keeper.save_account(), days=10)
    keeper.pass_days(1)
    keeper.issue()
    assert keeper.look_ahead().notified == 1
    keeper.mail_is = became
    keeper.pass_days(10)
    assert keeper.charge().ended == 1
    (planned,) = keeper.charges()
    assert (planned.state, planned.reason) == ("needs_patient", "no_notice")
    assert keeper.charged_cents() == 0


def test_a_notice_that_waits_for_the_mail_server_holds_the_charge_up(keeper: Keeper) -> None:
    keeper.start_autopay(keeper.save_account(), days=10)
    keeper.pass_days(1)
    keeper.issue()
    keeper.look_ahead()
    keeper.mail_is = MessageState.QUEUED
    keeper.pass_days(10)
    assert keeper.charge().not_now == 1
    keeper.mail_is = MessageState.DELIVERED
    keeper.pass_days(1)
    assert keeper.charge().made == 1


def test_only_those_with_something_to_announce_are_read(keeper: Keeper) -> None:
    """Each hour: not everybody who has it on, and nobody again for a statement dealt with."""

    def read() -> list[UUID]:
        return list(keeper.payer.read(with_something_new))

    keeper.start_autopay(keeper.save())
    assert read() == []
    keeper.pass_days(1)
    keeper.issue()
    assert read() == [keeper.guarantor_id]
    keeper.look_ahead()
    assert read() == []

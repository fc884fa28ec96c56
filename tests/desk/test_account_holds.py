"""An account on hold: who places and ends it, what stops meanwhile, what is told of it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.link_delivery import queue_statement_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.roles import Role
from portal.auth.staff import NewStaff
from portal.db import Database
from portal.domain.account_holds import ENDED_BY_A_MANAGER, AccountHoldKind
from portal.domain.statement import SkipReason
from portal.practice.directory import practice_by_slug
from portal.practice.models import Hold
from portal.remittances.claims.listing import claims_list
from portal.statements.service import issue_statements, void_statement
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, Seen, browser
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_guarantor, make_practice
from tests.desk.conftest import Household
from tests.desk.test_desk_pages import audit, staff_of


def place(who: Browser, household: Household, kind: str, note: str = "Told us by phone") -> Seen:
    page = f"/desk/people/{household.guarantor_id}"
    return who.send(page, {"hold": kind, "reason": note}, to=f"{page}/holds")


def end(who: Browser, household: Household, kind: str, note: str = "It is settled") -> Seen:
    page = f"/desk/people/{household.guarantor_id}"
    return who.send(page, {"hold": kind, "reason": note}, to=f"{page}/holds/end")


def standing(database: Database, household: Household) -> list[str]:
    with database.transaction(staff_of(household.practice_id)) as session:
        return list(
            session.scalars(
                select(Hold.kind)
                .where(
                    Hold.practice_id == household.practice_id,
                    Hold.guarantor_id == household.guarantor_id,
                    Hold.claim_id.is_(None),
                    Hold.released_at.is_(None),
                )
                .order_by(Hold.hold_id)
            )
        )


def manager_of(app: Flask, database: Database, household: Household, clock: Clock) -> Browser:
    email = "manager@riverbend.example"
    member = hire(database, household.practice_id, email=email, role=Role.MANAGER)
    visitor = browser(app)
    sign_in(visitor, member, clock, email=email)
    return visitor


@pytest.mark.parametrize("kind", list(AccountHoldKind))
def test_the_desk_places_every_kind_and_the_page_says_so(
    clerk: Browser, database: Database, ana: Household, kind: AccountHoldKind
) -> None:
    placed = place(clerk, ana, kind)
    assert (placed.status, placed.location) == (303, f"/desk/people/{ana.guarantor_id}")
    assert standing(database, ana) == [kind]
    page = clerk.get(f"/desk/people/{ana.guarantor_id}").text
    assert "Told us by phone" in page
    assert "<b>Account put on hold</b>" in page
    assert "The account is on hold." in page  # why no message may go out
    assert ("End this hold" in page) is (kind not in ENDED_BY_A_MANAGER)


def test_nothing_is_asked_of_an_account_on_hold(
    clerk: Browser, database: Database, ana: Household
) -> None:
    practice = practice_by_slug(database, "riverbend")
    (claim,) = claims_list(database, practice)
    assert claim.billable_cents == 4_000
    place(clerk, ana, "bankruptcy")
    (held,) = claims_list(database, practice)
    assert (held.holds, held.billable_cents) == (("bankruptcy",), 0)
    assert held.patient_receivable_cents == 4_000  # what is owed is posted as ever
    void_statement(
        database,
        staff_of(ana.practice_id),
        ana.statement_id,
        reason="asked too early",
        now=NOW,
        request_id="test",
    )
    later = NOW + timedelta(days=40)
    report = issue_statements(
        database, ana.practice_id, as_of=date(2026, 4, 10), now=later, dry_run=True
    )
    assert report.issued == 0
    assert report.skipped[SkipReason.ACCOUNT_HOLD] == 1


def test_a_link_that_was_sent_before_asks_for_nothing_either(
    app: Flask, clerk: Browser, database: Database, ana: Household, tokens: LinkTokens
) -> None:
    link_id = queue_statement_link(
        database,
        staff_of(ana.practice_id),
        tokens=tokens,
        guarantor_id=ana.guarantor_id,
        statement_id=ana.statement_id,
        patient_ids=[ana.patient_id],
        now=NOW,
        request_id="test",
    )
    place(clerk, ana, "bankruptcy")
    visitor = browser(app)
    born_on = {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"}
    opened = visitor.send(f"/s/{tokens.make(ana.practice_id, link_id)}", born_on)
    assert opened.status == 303
    text = visitor.get(f"/statements/{ana.statement_id}").text
    assert "There is nothing to pay now" in text
    assert "Please do not pay." in text
    assert f"/statements/{ana.statement_id}/pay" not in text  # nor later, nor by itself
    assert "You owe" not in text


@pytest.mark.parametrize("kind", list(AccountHoldKind))
def test_what_the_law_or_the_practice_forbids_only_a_manager_allows_again(
    *,
    app: Flask,
    clerk: Browser,
    database: Database,
    ana: Household,
    clock: Clock,
    kind: AccountHoldKind,
) -> None:
    place(clerk, ana, kind)
    assert end(clerk, ana, kind).status == 303
    still = [kind] if kind in ENDED_BY_A_MANAGER else []
    assert standing(database, ana) == still
    if still:
        end(manager_of(app, database, ana, clock), ana, kind)
        assert standing(database, ana) == []
    assert "<b>Hold ended</b>" in clerk.get(f"/desk/people/{ana.guarantor_id}").text


def test_one_of_two_holds_ended_leaves_the_other(
    clerk: Browser, database: Database, ana: Household
) -> None:
    place(clerk, ana, "disputed")
    place(clerk, ana, "returned_letter")
    end(clerk, ana, "disputed")
    assert standing(database, ana) == ["returned_letter"]
    assert place(clerk, ana, "disputed").status == 303  # again, later
    assert standing(database, ana) == ["returned_letter", "disputed"]


@pytest.mark.parametrize(
    ("kind", "note", "words"),
    [
        ("", "because", "Choose why"),
        ("patient_unknown", "because", "Choose why"),
        ("disputed", "  ", "Write a short note"),
        ("assistance_pending", "again", "The account has this hold already"),
    ],
)
def test_a_hold_needs_a_kind_a_note_and_to_be_new(
    *, clerk: Browser, database: Database, ana: Household, kind: str, note: str, words: str
) -> None:
    place(clerk, ana, "assistance_pending")
    refused = place(clerk, ana, kind, note)
    assert refused.status == 422
    assert words in refused.text
    assert standing(database, ana) == ["assistance_pending"]


def test_a_hold_ends_with_a_note_and_only_if_it_stands(
    clerk: Browser, database: Database, ana: Household
) -> None:
    place(clerk, ana, "disputed")
    assert end(clerk, ana, "disputed", note="").status == 422
    assert standing(database, ana) == ["disputed"]
    assert end(clerk, ana, "returned_letter").status == 303
    assert standing(database, ana) == ["disputed"]


def test_who_placed_and_ended_it_is_in_the_audit_log(
    clerk: Browser, database: Database, ana: Household, jo: NewStaff
) -> None:
    place(clerk, ana, "disputed")
    end(clerk, ana, "disputed")
    acts = [act for act in audit(database, ana.practice_id, jo) if "hold" in act[0]]
    assert acts == [("place_hold", "guarantor"), ("release_hold", "guarantor")]


def test_another_practices_account_looks_like_nobodys(
    clerk: Browser, database: Database, ana: Household
) -> None:
    elsewhere = make_practice(database, slug="elsewhere")
    stranger = make_guarantor(database, elsewhere)
    own_page = f"/desk/people/{ana.guarantor_id}"
    for path in ("holds", "holds/end"):
        fields = {"hold": "disputed", "reason": "because"}
        seen = clerk.send(own_page, fields, to=f"/desk/people/{stranger}/{path}")
        assert seen.status == 404

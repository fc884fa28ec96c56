"""Two payers, one claim number, and names or lines that do not agree: never billed, and mended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, select, update

from portal.audit.models import AuditEvent
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.practice.claims import billed_claims
from portal.practice.models import Claim, Hold, Practice
from portal.remittances.claims.listing import ClaimSummary, claims_list
from portal.remittances.claims.pages import claim_page
from portal.remittances.claims.partners import PartnerRow
from portal.remittances.claims.work import (
    NotJoinableError,
    NotReleasableError,
    join_claims,
    match_patient,
    release_hold,
)
from portal.remittances.insurance_pages import Looking, insurance_page
from tests.builders import make_guarantor, make_patient
from tests.remittances.desk import ACT, NOW, ImportDesk, SentClaim, SentLine
from tests.remittances.test_import_dispositions import known_patient

FIRST = SentClaim()  # 100.00 billed, 30.00 taken off, 20.00 the patient's, 50.00 paid
PAID_REST = SentLine(adjustments={"OA23": 8_000}, paid_cents=2_000)
SECOND = replace(FIRST, status="2", icn="S1", member="SUP9", first_name="JUNIE", lines=[PAID_REST])
OTHER_LINE = replace(SECOND, lines=[replace(PAID_REST, code="99214")])
"""By its REF*6R it is the first one's line all the same: without it, it is doubtful."""


class Unnumbered(SentClaim):
    """A CLP without REF*6R."""

    def segments(self) -> list[str]:
        return [one for one in SentClaim.segments(self) if not one.startswith("REF*6R")]


def unnumbered(sent: SentClaim) -> Unnumbered:
    return Unnumbered(**{name: getattr(sent, name) for name in SentClaim.__slots__})


DOUBTFUL = unnumbered(OTHER_LINE)


@pytest.fixture(name="june")
def _june(desk: ImportDesk) -> UUID:
    return known_patient(desk).patient_id


def by_account(desk: ImportDesk) -> None:
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            update(Practice)
            .where(Practice.practice_id == desk.practice.practice_id)
            .values(claim_number_is="account")
        )


def bring(desk: ImportDesk, *sent: SentClaim, payer: str = "87726", people: bool = False) -> None:
    desk.bring(desk.write(*sent, payer=payer), create_patients=people)


def listed(desk: ImportDesk) -> list[ClaimSummary]:
    return list(claims_list(desk.database, desk.practice))


def holds(desk: ImportDesk) -> list[tuple[str, ...]]:
    return [one.holds for one in listed(desk)]


def desk_guarantor(desk: ImportDesk) -> UUID:
    """Who owes for the first claim."""
    with desk.database.transaction(desk.principal()) as session:
        query = select(Claim.guarantor_id).where(
            Claim.practice_id == desk.practice.practice_id, Claim.guarantor_id.is_not(None)
        )
        found = session.scalars(query.order_by(Claim.claim_id)).first()
    assert found is not None
    return found


def match(desk: ImportDesk, claim_id: UUID, patient_id: UUID) -> None:
    poster = desk.staff("poster")
    match_patient(desk.database, poster, claim_id, patient_id=patient_id, act=ACT)
    assert desk.findings() == []


def join(desk: ImportDesk, claim_id: UUID, partner_id: UUID) -> UUID:
    """The claim that stays."""
    poster = desk.staff("poster")
    stays = join_claims(
        desk.database, poster, claim_id, partner_id=partner_id, reason="One visit.", act=ACT
    )
    assert desk.findings() == []
    return stays


@contextmanager
def locked_guarantors() -> Iterator[list[UUID]]:
    """Whom statements lock meanwhile, as the database is asked to."""
    locked: list[UUID] = []

    def note(*sent: Any) -> None:
        _, _, statement, parameters, *_ = sent
        if "FROM portal.guarantors" in statement and "FOR NO KEY UPDATE" in statement:
            locked.extend(
                value for name, value in parameters.items() if name.startswith("guarantor_id")
            )

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield locked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def partners(desk: ImportDesk, claim_id: UUID) -> list[PartnerRow]:
    """What the page of a claim offers to join it with."""
    poster = desk.staff("poster")
    page = claim_page(
        desk.database, poster, claim_id, language="en", now=NOW, request_id="partners"
    )
    return list(page.partners)


def brother(desk: ImportDesk, *, member: str = "W2") -> UUID:
    practice_id = desk.practice.practice_id
    guarantor_id = make_guarantor(desk.database, practice_id, account_number="A-2")
    return make_patient(
        desk.database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Otto",
        last_name="Marlowe",
        member_identifier=member,
    )


@pytest.mark.usefixtures("june")
@pytest.mark.parametrize(
    ("first_name", "last_name"),
    [("JUNIE", "MARLOWE"), ("June-Ann", "MARLOWE"), ("JUNE", "QUILL"), ("JUNE", "MARLÖWE")],
)
def test_a_second_payers_spelling_makes_no_second_claim(
    desk: ImportDesk, first_name: str, last_name: str
) -> None:
    bring(desk, FIRST)
    bring(desk, replace(SECOND, first_name=first_name, last_name=last_name), payer="SECOND")
    (claim,) = listed(desk)
    assert (claim.paid_cents, claim.patient_receivable_cents, claim.holds) == (7_000, 0, ())


@pytest.mark.usefixtures("june")
def test_the_first_payer_may_come_last(desk: ImportDesk) -> None:
    bring(desk, SECOND, payer="SECOND")
    bring(desk, FIRST)
    (claim,) = listed(desk)
    assert (claim.paid_cents, claim.patient_receivable_cents, claim.holds) == (7_000, 0, ())


def test_a_correction_without_the_accent_is_of_the_same_claim(desk: ImportDesk) -> None:
    sent = replace(FIRST, first_name="JOSÉ", last_name="NÚÑEZ")
    plain = replace(sent, first_name="JOSE", last_name="NUNEZ")
    desk.receive(sent)
    corrected = [SentLine(adjustments={"CO45": 3_000, "PR3": 1_000})]
    desk.receive(plain.reversal(), replace(plain, icn="ICN2", lines=corrected))
    (claim,) = listed(desk)
    assert (claim.billable_cents, claim.holds) == (1_000, ())


@pytest.mark.parametrize("people", [True, False])
def test_a_patient_is_found_without_accents(desk: ImportDesk, *, people: bool) -> None:
    practice_id = desk.practice.practice_id
    make_patient(
        desk.database,
        practice_id,
        guarantor_id=make_guarantor(desk.database, practice_id),
        first_name="José María",
        last_name="Núñez",
        member_identifier="W1",
    )
    bring(desk, replace(FIRST, first_name="JOSEMARIA", last_name="NUNEZ"), people=people)
    assert desk.claim().billable_cents == 2_000


@pytest.mark.usefixtures("june")
@pytest.mark.parametrize("first_payer_comes_last", [True, False])
def test_the_first_claim_bills_nothing_while_another_payers_decision_may_be_of_it(
    desk: ImportDesk, *, first_payer_comes_last: bool
) -> None:
    bring(desk, DOUBTFUL if first_payer_comes_last else FIRST, payer="ONE")
    bring(desk, FIRST if first_payer_comes_last else DOUBTFUL, payer="TWO")
    first, second = sorted(listed(desk), key=lambda one: -one.paid_cents)
    assert (first.billable_cents, first.holds) == (0, ("possibly_one_claim",))
    assert second.holds == ("first_payer_not_seen", "patient_unknown")


@pytest.mark.usefixtures("june")
def test_the_poster_sees_what_is_in_doubt(desk: ImportDesk) -> None:
    bring(desk, FIRST)
    bring(desk, DOUBTFUL, payer="SECOND")
    page = insurance_page(desk.database, Looking(desk.staff("poster"), "en", NOW, "r"))
    (hold,) = [one for one in page.holds if "may belong to this one" in one.means]
    assert (hold.claim_number, hold.amount_cents) == ("A1", 2_000)
    assert len(page.waiting) == 1


@pytest.mark.parametrize("meaning", ["claim", "account"])
def test_matching_the_second_to_the_same_patient_makes_them_one_claim(
    desk: ImportDesk, june: UUID, meaning: str
) -> None:
    if meaning == "account":
        by_account(desk)
    bring(desk, FIRST)
    bring(desk, SECOND if meaning == "account" else DOUBTFUL, payer="SECOND")
    assert holds(desk)[0] == ("possibly_one_claim",)
    first_id, second_id = desk.claim_ids()
    match(desk, second_id, june)
    (claim,) = listed(desk)
    assert claim.as_json() == {
        "claim_id": "A1",
        "charge_cents": 10_000,
        "paid_cents": 7_000,
        "adjusted_cents": 3_000,
        "payer_receivable_cents": 0,
        "patient_pending_cents": 0,
        "patient_receivable_cents": 0,
        "patient_paid_cents": 0,
        "billable_cents": 0,
        "holds": [],
        "denied": False,
    }
    assert desk.sums() == {
        LedgerAccount.GROSS_CHARGES: -10_000,
        LedgerAccount.CONTRACTUAL_ADJUSTMENTS: 3_000,
        LedgerAccount.PAYER_CLEARING: 7_000,
    }
    with desk.database.transaction(desk.principal()) as session:
        billed = billed_claims(session, [first_id, second_id])
        actions = session.scalars(
            select(AuditEvent.action).where(AuditEvent.practice_id == desk.practice.practice_id)
        ).all()
    assert [one.paid_cents for one in billed[first_id].decisions] == [5_000, 2_000]
    assert (billed[second_id].billed_cents, billed[second_id].decisions) == (0, ())
    assert sorted(actions) == ["join_claims", "join_claims", "match_patient"]


def test_what_the_patient_had_paid_on_the_first_becomes_credit(
    desk: ImportDesk, june: UUID
) -> None:
    bring(desk, FIRST)
    desk.pay("A1", 2_000)
    bring(desk, DOUBTFUL, payer="SECOND")
    match(desk, desk.claim_ids()[1], june)
    (claim,) = listed(desk)
    assert claim.patient_paid_cents == 0
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -2_000
    assert desk.tasks() == ["unapplied_credit"]


@pytest.mark.parametrize("meaning", ["claim", "account"])
def test_after_the_joining_the_second_payer_finds_the_one_claim_by_its_own_words(
    desk: ImportDesk, june: UUID, meaning: str
) -> None:
    second = DOUBTFUL
    if meaning == "account":
        by_account(desk)
        second = unnumbered(SECOND)
    bring(desk, FIRST)
    bring(desk, second, payer="SECOND")
    match(desk, desk.claim_ids()[1], june)
    desk.bring(desk.write(second, payer="SECOND", trace="EFT2", control=99), create_patients=False)
    assert len(listed(desk)) == 1
    bring(desk, replace(second, status="22"), payer="SECOND")
    (claim,) = listed(desk)
    assert (claim.paid_cents, claim.holds) == (5_000, ("awaiting_correction",))
    corrected = SentLine(adjustments={"OA23": 8_000, "PR2": 500}, code=second.lines[0].code)
    bring(desk, replace(second, icn="S2", lines=[corrected]), payer="SECOND")
    (claim,) = listed(desk)
    assert (claim.paid_cents, claim.patient_receivable_cents) == (6_500, 500)
    assert claim.holds == ()


@pytest.mark.usefixtures("june")
def test_matching_the_second_to_another_patient_lets_the_first_go(desk: ImportDesk) -> None:
    otto = brother(desk)
    bring(desk, FIRST)
    bring(desk, DOUBTFUL, payer="SECOND")
    match(desk, desk.claim_ids()[1], otto)
    assert holds(desk) == [(), ("first_payer_not_seen",)]
    bring(desk, replace(FIRST, number="B2", icn="ICN8"))
    assert listed(desk)[0].billable_cents == 2_000


def test_a_plan_that_has_not_decided_holds_the_joined_claim_only(
    desk: ImportDesk, june: UUID
) -> None:
    bring(desk, FIRST)
    (line,) = DOUBTFUL.lines
    left = replace(line, adjustments={"OA23": 8_000, "PR2": 500}, paid_cents=1_500)
    bring(desk, replace(DOUBTFUL, lines=[left]), payer="SECOND")
    desk.cover(june, desk_guarantor(desk), payer="THIRD", rank=3, member="T9")
    match(desk, desk.claim_ids()[1], june)
    assert holds(desk) == [("later_coverage",)]
    with desk.database.transaction(desk.principal()) as session:
        standing = session.scalars(
            select(Hold.kind).where(
                Hold.practice_id == desk.practice.practice_id, Hold.released_at.is_(None)
            )
        ).all()
    assert standing == ["later_coverage"]


@pytest.mark.usefixtures("june")
def test_two_first_payers_who_tell_of_two_people_hold_both_until_a_poster_matches(
    desk: ImportDesk,
) -> None:
    otto = brother(desk)
    bring(desk, FIRST)
    bring(desk, replace(DOUBTFUL, status="1", first_name="OTTO", member="?"), payer="OTHER")
    assert holds(desk) == [
        ("possibly_one_claim",),
        ("patient_unknown", "possibly_one_claim"),
    ]
    match(desk, desk.claim_ids()[1], otto)
    assert holds(desk) == [(), ()]


@pytest.mark.usefixtures("june")
def test_a_poster_who_knows_that_they_are_two_says_so_once(desk: ImportDesk) -> None:
    bring(desk, FIRST)
    bring(desk, DOUBTFUL, payer="SECOND")
    first_id, _ = desk.claim_ids()
    kind, poster = HoldKind.POSSIBLY_ONE_CLAIM, desk.staff("poster")
    release_hold(desk.database, poster, first_id, kind, reason="Two visits.", act=ACT)
    assert listed(desk)[0].billable_cents == 2_000
    bring(desk, FIRST)  # paid twice: its number is looked at again
    assert holds(desk)[0] == ()
    with pytest.raises(NotReleasableError):
        release_hold(desk.database, poster, first_id, kind, reason="Two visits.", act=ACT)


@pytest.mark.parametrize("meaning", ["claim", "account"])
def test_a_sister_is_let_go_once_her_brothers_own_first_payer_came(
    desk: ImportDesk, meaning: str
) -> None:
    if meaning == "account":
        by_account(desk)
    june, otto = replace(FIRST, number="F7"), replace(FIRST, number="F7", first_name="OTTO")
    brother(desk, member="S9")
    desk.receive(june)
    paid = replace(otto, status="2", icn="S1", member="S9", lines=[PAID_REST])
    desk.receive(paid, payer="SECOND")
    assert holds(desk) == [("possibly_one_claim",), ("first_payer_not_seen",)]
    desk.receive(replace(otto, icn="ICN2"))
    assert holds(desk) == [(), ()]
    assert [one.billable_cents for one in listed(desk)] == [2_000, 0]


def test_of_two_children_a_nickname_is_not_guessed(desk: ImportDesk) -> None:
    desk.receive(FIRST, replace(FIRST, first_name="OTTO", icn="ICN2"))
    bring(desk, SECOND, payer="SECOND")
    held = ("possibly_one_claim",)
    assert holds(desk) == [held, held, ("first_payer_not_seen", "patient_unknown")]
    june_id, _, second_id = desk.claim_ids()
    join(desk, second_id, june_id)
    assert [one.billable_cents for one in listed(desk)] == [0, 2_000]


def test_what_nobody_was_found_for_is_joined_to_the_known_patients_claim(desk: ImportDesk) -> None:
    desk.receive(FIRST)
    bring(desk, DOUBTFUL, payer="SECOND")
    first_id, second_id = desk.claim_ids()
    join(desk, second_id, first_id)
    (claim,) = listed(desk)
    assert (claim.paid_cents, claim.patient_receivable_cents, claim.holds) == (7_000, 0, ())


@pytest.mark.usefixtures("june")
def test_claims_of_two_known_patients_are_never_joined(desk: ImportDesk) -> None:
    brother(desk)
    bring(desk, FIRST)
    bring(desk, replace(DOUBTFUL, status="1", first_name="OTTO", member="W2"), payer="OTHER")
    held = [("possibly_one_claim",), ("possibly_one_claim",)]
    assert holds(desk) == held
    first_id, second_id = desk.claim_ids()
    for one, other in ((first_id, second_id), (second_id, first_id)):
        assert partners(desk, one) == []
        with pytest.raises(NotJoinableError):
            join(desk, one, other)
    assert holds(desk) == held


@pytest.mark.parametrize("from_the_known_one", [True, False])
def test_a_person_made_from_the_second_file_may_be_the_known_patient_by_a_posters_word(
    desk: ImportDesk, june: UUID, *, from_the_known_one: bool
) -> None:
    bring(desk, FIRST)
    desk.receive(DOUBTFUL, payer="SECOND")
    assert holds(desk) == [("possibly_one_claim",), ("first_payer_not_seen",)]
    june_id, made_id = desk.claim_ids()
    pages = (june_id, made_id) if from_the_known_one else (made_id, june_id)
    (partner,) = partners(desk, pages[0])
    assert partner.is_from_a_file is from_the_known_one
    outlook = partner.outlook
    assert outlook is not None
    assert (outlook.stays_id, outlook.paid_cents, outlook.share_cents) == (june_id, 7_000, 0)
    assert outlook.holds == ()
    assert join(desk, *pages) == june_id
    (claim,) = listed(desk)
    assert (claim.paid_cents, claim.patient_receivable_cents, claim.holds) == (7_000, 0, ())
    with desk.database.transaction(desk.principal()) as session:
        whose = session.scalars(
            select(Claim.patient_id).where(
                Claim.practice_id == desk.practice.practice_id, Claim.claim_id == june_id
            )
        ).one()
        reasons = session.scalars(
            select(Hold.release_reason).where(Hold.practice_id == desk.practice.practice_id)
        ).all()
    assert whose == june
    assert reasons == ["The two claims are one. One visit."] * 2


@pytest.mark.usefixtures("june")
def test_what_the_person_from_a_file_paid_stays_theirs(desk: ImportDesk) -> None:
    bring(desk, FIRST)
    desk.receive(DOUBTFUL, payer="SECOND")
    june_id, made_id = desk.claim_ids()
    desk.receive(replace(FIRST, number="B2", icn="ICN7", first_name="JUNIE", member="SUP9"))
    desk.pay("B2", 2_000)
    assert join(desk, june_id, made_id) == june_id
    assert desk.claim("B2").patient_paid_cents == 2_000


@pytest.mark.parametrize("from_the_known_one", [True, False])
def test_the_known_patients_claim_stays_and_what_they_paid_pays_it(
    desk: ImportDesk, june: UUID, *, from_the_known_one: bool
) -> None:
    bring(desk, FIRST)
    desk.pay("A1", 2_000)
    decided = SentLine(adjustments={"OA23": 8_000, "PR2": 2_000}, paid_cents=0, code="99214")
    bring(desk, replace(DOUBTFUL, lines=[decided]), payer="SECOND")
    june_id, nameless_id = desk.claim_ids()
    pages = (june_id, nameless_id) if from_the_known_one else (nameless_id, june_id)
    assert join(desk, *pages) == june_id
    (claim,) = listed(desk)
    assert (claim.patient_paid_cents, claim.patient_receivable_cents, claim.holds) == (2_000, 0, ())
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()
    assert LedgerAccount.PATIENT_RECEIVABLE not in desk.sums()
    assert desk.tasks() == []
    with desk.database.transaction(desk.principal()) as session:
        whose = session.scalars(
            select(Claim.patient_id).where(
                Claim.practice_id == desk.practice.practice_id, Claim.claim_id == june_id
            )
        ).one()
    assert whose == june


def test_what_was_paid_waits_for_the_hold_of_the_one_claim_to_end(
    desk: ImportDesk, june: UUID
) -> None:
    bring(desk, FIRST)
    desk.pay("A1", 2_000)
    decided = SentLine(adjustments={"OA23": 8_000, "PR2": 2_000}, paid_cents=0, code="99214")
    bring(desk, replace(DOUBTFUL, lines=[decided]), payer="SECOND")
    desk.cover(june, desk_guarantor(desk), payer="THIRD", rank=3, member="T9")
    first_id, second_id = desk.claim_ids()
    join(desk, second_id, first_id)
    assert holds(desk) == [("later_coverage",)]
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -2_000
    assert desk.tasks() == []
    kind, poster = HoldKind.LATER_COVERAGE, desk.staff("poster")
    release_hold(desk.database, poster, first_id, kind, reason="No third plan.", act=ACT)
    assert desk.findings() == []
    (claim,) = listed(desk)
    assert (claim.patient_paid_cents, claim.patient_receivable_cents) == (2_000, 0)
    assert LedgerAccount.UNAPPLIED_CREDIT not in desk.sums()


@pytest.mark.parametrize("is_left_over", [True, False])
def test_what_was_paid_on_either_claim_of_one_patient_pays_the_one(
    desk: ImportDesk, june: UUID, *, is_left_over: bool
) -> None:
    bring(desk, FIRST)
    desk.pay("A1", 2_000)
    asks = {"OA23": 8_000} if is_left_over else {"OA23": 8_000, "PR2": 2_000}
    line = SentLine(12_000, asks, code="99214", paid_cents=4_000 if is_left_over else 2_000)
    bring(desk, replace(DOUBTFUL, lines=[line]), payer="SECOND")
    first_id, second_id = desk.claim_ids()
    match(desk, second_id, june)  # billed higher: it cannot move
    assert len(listed(desk)) == 2
    assert join(desk, second_id, first_id) == second_id
    assert holds(desk) == [("charge_differs",)]
    assert desk.sums()[LedgerAccount.UNAPPLIED_CREDIT] == -2_000
    assert desk.tasks() == (["unapplied_credit"] if is_left_over else [])
    kind, poster = HoldKind.CHARGE_DIFFERS, desk.staff("poster")
    release_hold(desk.database, poster, second_id, kind, reason="Seen.", act=ACT)
    assert desk.findings() == []
    (claim,) = listed(desk)
    assert claim.patient_paid_cents == (0 if is_left_over else 2_000)
    assert claim.patient_receivable_cents == 0


def test_whoever_owes_for_the_number_is_locked_once_and_in_one_order(desk: ImportDesk) -> None:
    bring(desk, FIRST)  # nobody's yet
    june, otto = known_patient(desk), brother(desk)
    match(desk, desk.claim_id(), june.patient_id)
    bring(desk, replace(DOUBTFUL, status="1", first_name="OTTO", member="?"), payer="OTHER")
    first_id, second_id = desk.claim_ids()
    with locked_guarantors() as locked:
        match(desk, second_id, otto)
    assert len(locked) == len(set(locked)) == 2
    assert locked == sorted(locked)
    with locked_guarantors() as locked, pytest.raises(NotJoinableError):
        join(desk, second_id, first_id)
    assert len(locked) == 2
    assert locked == sorted(locked)


def test_claims_that_are_not_in_doubt_are_not_joined(desk: ImportDesk) -> None:
    desk.receive(FIRST, replace(FIRST, number="B2", icn="ICN2"))
    first_id, second_id = desk.claim_id("A1"), desk.claim_id("B2")
    with pytest.raises(NotJoinableError):
        join(desk, second_id, first_id)
    with pytest.raises(NotJoinableError):
        join(desk, first_id, first_id)


def test_a_claim_that_was_billed_higher_is_not_joined(desk: ImportDesk, june: UUID) -> None:
    higher = replace(DOUBTFUL, lines=[replace(PAID_REST, charge_cents=12_000, paid_cents=4_000)])
    bring(desk, FIRST)
    bring(desk, higher, payer="SECOND")
    match(desk, desk.claim_ids()[1], june)
    assert holds(desk) == [("possibly_one_claim",), ("first_payer_not_seen",)]

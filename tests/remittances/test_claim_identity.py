"""Two visits, or two people, under one CLP01 stay two claims; one claim told anew stays one."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from sqlalchemy import update

from portal.domain.journal import LedgerAccount
from portal.practice.models import Claim, Patient, Practice
from portal.remittances.claims.listing import claims_list
from tests.remittances.desk import ImportDesk, SentClaim, SentLine

NEXT_WEEK = date(2026, 1, 12)
NUMBERINGS = ("as sent", "none", "unique")
MEANINGS = ("claim", "account")


@dataclass(frozen=True)
class Visit(SentClaim):
    """A CLP whose REF*6R and REF*F8 are chosen."""

    line_numbers: str = "as sent"
    original: str = ""  # REF*F8
    is_dated: bool = True

    def reversal(self) -> "Visit":
        """The same, taken back."""
        return replace(self, status="22")

    def segments(self) -> list[str]:
        chosen: list[str] = []
        for segment in SentClaim.segments(self):
            if segment.startswith("REF*6R") and self.line_numbers == "unique":
                chosen.append(f"REF*6R*{self.icn}{segment[-1]}")
            elif segment.startswith("REF*6R") and self.line_numbers == "none":
                continue
            elif self.is_dated or not segment.startswith("DTM*472"):
                chosen.append(segment)
            if segment.startswith("NM1*82") and self.original:
                chosen.append(f"REF*F8*{self.original}")
        return chosen


VISIT = Visit(number="ACCT7")
OTHER_SHARE = [SentLine(adjustments={"CO45": 3_000, "PR1": 7_000})]


def number_is(desk: ImportDesk, meaning: str) -> None:
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            update(Practice)
            .where(Practice.practice_id == desk.practice.practice_id)
            .values(claim_number_is=meaning)
        )


def assert_two_claims_are_posted(desk: ImportDesk) -> None:
    assert [(one.paid_cents, one.holds) for one in claims_list(desk.database, desk.practice)] == [
        (5_000, ()),
        (5_000, ()),
    ]
    assert desk.sums().get(LedgerAccount.PAYER_CREDITS, 0) == 0
    assert desk.tasks() == []


@pytest.mark.parametrize("line_numbers", NUMBERINGS)
@pytest.mark.parametrize("meaning", MEANINGS)
def test_a_visit_of_every_week_under_one_number_is_a_claim_of_its_own(
    desk: ImportDesk, meaning: str, line_numbers: str
) -> None:
    number_is(desk, meaning)
    first = replace(VISIT, line_numbers=line_numbers)
    desk.receive(first)
    report = desk.receive(replace(first, icn="ICN2", service_on=NEXT_WEEK))
    assert (report.claims_posted, report.duplicates) == (1, 0)
    assert_two_claims_are_posted(desk)
    assert desk.count(Patient) == 1


@pytest.mark.parametrize("line_numbers", NUMBERINGS)
@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("member", ["W1", "W2"])
@pytest.mark.parametrize("at_once", [True, False])
def test_two_children_of_one_day_under_one_number_are_two_claims(
    desk: ImportDesk, meaning: str, line_numbers: str, member: str, *, at_once: bool
) -> None:
    number_is(desk, meaning)
    june = replace(VISIT, line_numbers=line_numbers)
    otto = replace(june, icn="ICN2", first_name="OTTO", member=member)
    if at_once:
        desk.receive(june, otto)
    else:
        desk.receive(june)
        desk.receive(otto)
    assert_two_claims_are_posted(desk)
    assert desk.count(Patient) == 2


def test_a_later_payer_finds_the_child_and_the_visit(desk: ImportDesk) -> None:
    number_is(desk, "account")
    otto = replace(VISIT, icn="ICN2", first_name="OTTO")
    desk.receive(VISIT, otto, replace(otto, icn="ICN3", service_on=NEXT_WEEK))
    second = replace(
        otto,
        status="2",
        icn="SEC1",
        member="S9",
        lines=[SentLine(adjustments={"OA23": 8_000, "PR2": 500})],
    )
    desk.receive(second, payer="SECOND")
    shares = [one.patient_receivable_cents for one in claims_list(desk.database, desk.practice)]
    assert sorted(shares) == [500, 2_000, 2_000]


def test_another_member_number_of_the_same_payer_is_another_person(desk: ImportDesk) -> None:
    desk.receive(VISIT, replace(VISIT, icn="ICN2", member="W2"))
    assert_two_claims_are_posted(desk)


@pytest.mark.parametrize("meaning", MEANINGS)
def test_a_middle_initial_or_another_case_is_no_other_person(
    desk: ImportDesk, meaning: str
) -> None:
    number_is(desk, meaning)
    desk.receive(VISIT)
    desk.receive(replace(VISIT.reversal(), first_name="June A"))
    assert desk.count(Claim) == 1


@pytest.mark.parametrize("meaning", MEANINGS)
def test_the_same_visit_paid_again_is_owed_to_the_payer(desk: ImportDesk, meaning: str) -> None:
    number_is(desk, meaning)
    desk.receive(VISIT)
    desk.receive(replace(VISIT, icn="ICN2"))
    assert desk.count(Claim) == 1
    assert desk.sums()[LedgerAccount.PAYER_CREDITS] == -5_000
    assert desk.tasks() == ["payer_paid_twice"]


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize(("icn", "original"), [("ICN1", ""), ("ICN9", "ICN1"), ("ICN9", "")])
def test_a_reversal_that_repeats_the_day_wrongly_finds_its_claim(
    desk: ImportDesk, meaning: str, icn: str, original: str
) -> None:
    number_is(desk, meaning)
    desk.receive(VISIT)
    report = desk.receive(
        replace(VISIT.reversal(), icn=icn, original=original, service_on=NEXT_WEEK)
    )
    assert (report.claims_held, report.claims_quarantined) == (1, 0)
    assert desk.claim("ACCT7").paid_cents == 0


def test_a_reversal_finds_the_visit_it_names_among_those_of_every_week(desk: ImportDesk) -> None:
    later = replace(VISIT, icn="ICN2", service_on=NEXT_WEEK)
    desk.receive(VISIT, later)
    desk.receive(
        replace(later.reversal(), icn="ICN9", original="ICN2", service_on=date(2026, 2, 2))
    )
    found = list(claims_list(desk.database, desk.practice))
    assert sorted(one.paid_cents for one in found) == [0, 5_000]
    assert [one.holds for one in found if one.paid_cents == 0] == [("awaiting_correction",)]


def test_a_reversal_that_could_be_of_two_visits_is_set_aside(desk: ImportDesk) -> None:
    desk.receive(VISIT, replace(VISIT, icn="ICN2", service_on=NEXT_WEEK))
    lost = replace(VISIT.reversal(), icn="ICN9", service_on=date(2026, 2, 2))
    assert desk.receive(lost).claims_quarantined == 1


def test_a_correction_of_the_day_that_names_the_first_decision_is_the_same_claim(
    desk: ImportDesk,
) -> None:
    desk.receive(VISIT)
    desk.receive(VISIT.reversal())
    desk.receive(
        replace(VISIT, icn="ICN2", original="ICN1", service_on=NEXT_WEEK, lines=OTHER_SHARE)
    )
    claim = desk.claim("ACCT7")
    assert (desk.count(Claim), claim.holds, claim.billable_cents) == (1, (), 7_000)


def test_a_decision_without_a_day_is_of_the_only_claim(desk: ImportDesk) -> None:
    desk.receive(VISIT)
    report = desk.receive(replace(VISIT, icn="ICN2", is_dated=False))
    assert (desk.count(Claim), report.claims_posted) == (1, 0)


def test_equal_money_for_another_day_is_never_called_paid_twice(desk: ImportDesk) -> None:
    """The payer's own number ties the two, so staff look at it instead."""
    desk.receive(VISIT)
    report = desk.receive(replace(VISIT, service_on=NEXT_WEEK))
    assert (desk.count(Claim), report.duplicates, report.claims_held) == (1, 0, 1)
    assert desk.tasks() == []
    assert desk.sums()[LedgerAccount.REMITTANCE_SUSPENSE] == -5_000


def test_a_name_the_payer_spells_anew_stays_the_claim_its_number_names(desk: ImportDesk) -> None:
    desk.receive(VISIT)
    desk.receive(replace(VISIT.reversal(), first_name="JUNIE"))
    assert (desk.count(Claim), desk.claim("ACCT7").holds) == (1, ("awaiting_correction",))


def test_a_name_spelled_anew_under_an_account_number_is_another_person(desk: ImportDesk) -> None:
    number_is(desk, "account")
    desk.receive(VISIT)
    report = desk.receive(replace(VISIT.reversal(), first_name="JUNIE"))
    assert report.claims_quarantined == 1

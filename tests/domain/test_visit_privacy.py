"""Who sees what was done at a visit; who does not sees the same sums."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.dates import MonthOnly, long_day
from portal.domain.explanation_text import tell_pending, tell_sum, tell_visit
from portal.domain.service_kind import ServiceKind
from portal.domain.statement import CoveredVisit, PendingReason, StatementDocument, Visit
from portal.domain.visit_privacy import (
    GroupedBecause,
    PatientFacts,
    Sight,
    Viewer,
    ViewerKind,
    VisitFacts,
    grouped_because,
    grouped_cover,
    grouped_pending,
    grouped_visit,
    is_adult,
    sight,
)
from tests.domain.explained import BILLED_ON, VISITS, pending
from tests.domain.test_statement import DOCUMENT

TODAY = date(2026, 3, 9)
ANA, LUIS, MIA, SAM, LEE = (UUID(int=number) for number in range(1, 6))
PEOPLE = {
    ANA: PatientFacts(date(1985, 4, 27)),
    LUIS: PatientFacts(date(2006, 1, 2)),  # of age
    MIA: PatientFacts(date(2010, 6, 1)),  # 15
    SAM: PatientFacts(None),
    LEE: PatientFacts(date(2012, 1, 1), is_reached_apart=True),
}
G, P, A = ViewerKind.GUARANTOR, ViewerKind.PATIENT, ViewerKind.PATIENT_APART
CHOICE, PRIVATE = GroupedBecause.THEIR_CHOICE, GroupedBecause.KEPT_PRIVATE


def viewer(kind: ViewerKind, *, whose: UUID = ANA, lets: UUID | None = None) -> Viewer:
    people = dict(PEOPLE)
    if lets is not None:
        people[lets] = replace(people[lets], lets_payer_see=True)
    return Viewer(kind, TODAY, UUID(int=9), frozenset({whose}), people)


@pytest.mark.parametrize(
    ("kind", "whose", "visit", "because"),
    [
        (G, ANA, VisitFacts(ANA), None),
        (G, ANA, VisitFacts(ANA, is_sensitive=True), None),
        (G, ANA, VisitFacts(ANA, is_part2=True), None),
        (G, ANA, VisitFacts(MIA), None),
        (G, ANA, VisitFacts(MIA, is_sensitive=True), PRIVATE),
        (G, ANA, VisitFacts(MIA, is_part2=True), PRIVATE),
        (G, ANA, VisitFacts(LUIS), CHOICE),
        (G, ANA, VisitFacts(SAM), CHOICE),
        (G, ANA, VisitFacts(LEE), PRIVATE),
        (G, ANA, VisitFacts(None), CHOICE),
        (G, ANA, VisitFacts(UUID(int=77)), CHOICE),
        (P, MIA, VisitFacts(MIA), None),
        (P, MIA, VisitFacts(MIA, is_sensitive=True), PRIVATE),
        (P, LUIS, VisitFacts(LUIS, is_part2=True), PRIVATE),
        (A, MIA, VisitFacts(MIA, is_sensitive=True), None),
        (A, LUIS, VisitFacts(LUIS, is_part2=True), None),
        (A, LUIS, VisitFacts(ANA), GroupedBecause.NOT_THEIRS),
        (P, LUIS, VisitFacts(ANA), GroupedBecause.NOT_THEIRS),
        (P, LUIS, VisitFacts(MIA), GroupedBecause.NOT_THEIRS),
        (P, LUIS, VisitFacts(None), GroupedBecause.NOT_THEIRS),
        (ViewerKind.PROXY, ANA, VisitFacts(ANA), None),
        (ViewerKind.PROXY, ANA, VisitFacts(ANA, is_sensitive=True), PRIVATE),
        (ViewerKind.PROXY, ANA, VisitFacts(MIA), None),
        (ViewerKind.PROXY, ANA, VisitFacts(LUIS), CHOICE),
        (ViewerKind.PAYS_ONLY, ANA, VisitFacts(ANA), GroupedBecause.PAYS_ONLY),
        (ViewerKind.PAYS_ONLY, ANA, VisitFacts(MIA), GroupedBecause.PAYS_ONLY),
        (ViewerKind.STAFF, ANA, VisitFacts(LUIS, is_sensitive=True, is_part2=True), None),
    ],
)
def test_who_sees_what(
    kind: ViewerKind, whose: UUID, visit: VisitFacts, because: GroupedBecause | None
) -> None:
    looks = viewer(kind, whose=whose)
    assert grouped_because(visit, looks) is because
    assert sight(visit, looks) is (Sight.GROUPED if because else Sight.SEEN)


@pytest.mark.parametrize("who", [LUIS, SAM, LEE])
def test_an_adult_who_lets_the_payer_see_is_seen(who: UUID) -> None:
    assert sight(VisitFacts(who), viewer(G, lets=who)) is Sight.SEEN


def test_what_is_kept_private_stays_so_whatever_was_granted() -> None:
    looks = viewer(G, lets=LUIS)
    assert grouped_because(VisitFacts(LUIS, is_sensitive=True), looks) is PRIVATE
    assert grouped_because(VisitFacts(LUIS, is_part2=True), looks) is PRIVATE


@pytest.mark.parametrize(
    ("born_on", "adult"),
    [
        (date(2008, 3, 9), True),  # eighteen today
        (date(2008, 3, 10), False),
        (date(2008, 2, 29), True),
        (date(2026, 3, 9), False),
        (None, True),
    ],
)
def test_of_age_on_the_day_of_looking(born_on: date | None, adult: bool) -> None:  # noqa: FBT001 — a column of the table
    assert is_adult(born_on, TODAY) is adult


def test_who_was_born_on_a_leap_day_is_of_age_on_the_first_of_march() -> None:
    assert not is_adult(date(2008, 2, 29), date(2026, 2, 28))
    assert is_adult(date(2008, 2, 29), date(2026, 3, 1))


@given(
    kind=st.sampled_from(ViewerKind),
    whose=st.sampled_from([*PEOPLE, None]),
    sensitive=st.booleans(),
    part2=st.booleans(),
    later=st.integers(0, 40_000),
)
def test_a_flag_or_a_birthday_never_shows_more(
    *, kind: ViewerKind, whose: UUID | None, sensitive: bool, part2: bool, later: int
) -> None:
    looks = viewer(kind)
    flagged = VisitFacts(whose, is_sensitive=sensitive, is_part2=part2)
    if sight(VisitFacts(whose), looks) is Sight.GROUPED:
        assert sight(flagged, looks) is Sight.GROUPED
    older = replace(looks, today=min(TODAY + timedelta(days=later), date(2099, 1, 1)))
    if sight(flagged, looks) is Sight.GROUPED:
        assert sight(flagged, older) is Sight.GROUPED


@given(kind=st.sampled_from(ViewerKind), whose=st.sampled_from([*PEOPLE, None]))
def test_nobody_but_staff_and_the_patient_sees_part_2(kind: ViewerKind, whose: UUID | None) -> None:
    looks = viewer(kind)
    is_seen = sight(VisitFacts(whose, is_part2=True), looks) is Sight.SEEN
    is_own = whose in looks.patient_ids and kind in (G, A)
    assert is_seen == (is_own or kind is ViewerKind.STAFF)


@given(st.sets(st.integers(0, len(VISITS) - 1)), st.sampled_from(GroupedBecause))
def test_the_sums_of_a_masked_document_are_those_of_the_whole_one(
    which: set[int], because: GroupedBecause
) -> None:
    whole: StatementDocument = replace(DOCUMENT, visits=tuple(VISITS.values()))
    seen = replace(
        whole,
        visits=tuple(
            grouped_visit(visit, because) if place in which else visit
            for place, visit in enumerate(whole.visits)
        ),
    )
    assert seen.figures == whole.figures
    assert seen.amount_due_cents == whole.amount_due_cents
    assert [one.figures for one in seen.visits] == [one.figures for one in whole.visits]
    assert tell_sum(seen, "en")[-1] == tell_sum(whole, "en")[-1]


@pytest.mark.parametrize("visit", VISITS.values(), ids=VISITS)
@pytest.mark.parametrize("because", GroupedBecause)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_grouped_visit_says_nothing_of_what_was_done(
    visit: Visit, because: GroupedBecause, language: str
) -> None:
    marked = replace(
        visit,
        provider_name="MARKER clinician",
        place_name="MARKER place",
        claim_number="MARKER number",
        lines=tuple(
            replace(line, description="MARKER words", procedure_code="MARKER")
            for line in visit.lines
        ),
    )
    grouped = grouped_visit(marked, because)
    assert "MARKER" not in repr(grouped)
    told = tell_visit(grouped, language, billed_on=BILLED_ON)
    (line,) = told.lines
    assert (line.points, line.letters, line.description) == ((), (), "")
    assert sum(row.cents for row in told.rows) == grouped.figures.you_owe_cents
    assert len(told.steps) == 1
    assert told.points[0].heading
    if grouped.service_on is not None:
        assert str(grouped.service_on.day) == "1"
        assert len(grouped.service_on.isoformat()) == len("2026-03")


@pytest.mark.parametrize("why", PendingReason)
def test_a_grouped_visit_that_waits_says_only_that_it_waits(why: PendingReason) -> None:
    visit = replace(pending(why), provider_name="MARKER", payer_name="MARKER", remarks=("N382",))
    grouped = grouped_pending(visit, CHOICE)
    assert "MARKER" not in repr(grouped)
    told = tell_pending(grouped, "en")
    assert told.points[-1].heading == "What you owe for this visit is not known yet."
    assert told == tell_pending(
        grouped_pending(replace(visit, why=PendingReason.DECIDING), CHOICE), "en"
    )
    assert told.letter == ""


def test_a_covered_visit_keeps_its_patient_its_month_and_its_cents() -> None:
    visit = CoveredVisit(ANA, "Luis", ("mental_health",), date(2026, 3, 4), "Lena Okafor", 4_000)
    assert grouped_cover(visit) == CoveredVisit(
        ANA, "Luis", (ServiceKind.PRIVATE,), date(2026, 3, 1), "", 4_000
    )


@pytest.mark.parametrize(("language", "text"), [("en", "March 2026"), ("es", "marzo de 2026")])
def test_a_month_is_written_without_its_day(language: str, text: str) -> None:
    month = MonthOnly.of(date(2026, 3, 4))
    assert month is not None
    assert long_day(month, language) == text
    assert month.isoformat() == "2026-03"
    assert MonthOnly.of(None) is None

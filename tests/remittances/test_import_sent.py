"""Sent claims (837) go into the books once, and agree with payers, or staff look."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from portal.db import Principal
from portal.desk.task_facts import TaskFacts
from portal.desk.tasks import view_tasks
from portal.domain.claim_position import ChargeSource
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow
from portal.practice.models import Charge, Claim, Coverage, Guarantor, Patient, Payer
from portal.practice.sent_claims import SentClaimRow
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.insurance_pages import Looking, insurance_page
from portal.remittances.models import (
    ClaimTransmission,
    QuarantinedClaim,
    RemittanceFile,
    SentClaimContent,
)
from portal.remittances.sent.claims import SentReport, import_any
from portal.remittances.sent.importing import BATCH_CLAIMS
from portal.statements.service import issue_statements
from tests.builders import make_guarantor, make_patient
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim, SentLine
from tests.remittances.sent_text import (
    CLAIM,
    DEPENDENT,
    PROVIDER,
    SUBSCRIBER,
    sent_file,
    sent_transaction,
)
from tests.remittances.test_claims_in_doubt import DOUBTFUL, FIRST, match
from tests.remittances.test_import_dispositions import known_patient
from tests.remittances.x12_text import encoded

SECOND_LINE = ("LX*2", "SV1*HC:85025*25*UN*1***1", "DTP*472*D8*20260105", "REF*6R*A1L2")
SECONDARY = (
    "SBR*S*18*******CI",
    "OI***Y***Y",
    "NM1*IL*1*MARLOWE*JUNE****MI*S9",
    "NM1*PR*2*SECOND PLAN*****PI*22222",
)


def frequency(code: str, *claim: str, total: str = "100") -> list[str]:
    """The claim, replaced (7) or voided (8), for another total."""
    head, *rest = claim or CLAIM
    return [head.replace(":1*", f":{code}*").replace("*100*", f"*{total}*"), *rest]


def bring(desk: ImportDesk, data: bytes, *, create_patients: bool = True) -> SentReport:
    """Import a file's bytes; afterwards the books are examined, whatever it was."""
    path = desk.folder / f"sent{len(list(desk.folder.iterdir()))}.837"
    path.write_bytes(data)
    report = import_any(
        desk.database,
        desk.practice,
        path,
        create_patients=create_patients,
        now=NOW,
        today=TODAY,
        imported_by="test",
    )
    assert isinstance(report, SentReport)
    facts = report.as_json()
    assert facts["claims"] == sum(facts["sent"].values())
    assert facts["claims"] == sum(
        facts[name] for name in ("claims_posted", "claims_held", "claims_quarantined", "duplicates")
    )
    assert facts["charge_cents"] == sum(facts["cents"].values())
    assert facts["charge_cents"] == sum(facts["sent_cents"].values())
    assert desk.findings() == []
    return report


def send(desk: ImportDesk, *claim: str, create_patients: bool = True) -> str:
    """One claim of the usual subscriber in a file of its own; what became of it."""
    body = sent_transaction(*PROVIDER, *SUBSCRIBER, *(claim or CLAIM), reference=next_reference())
    report = bring(desk, encoded(sent_file(body)), create_patients=create_patients)
    (outcome,) = [name for name, count in report.sent.items() if count]
    return outcome


_references = iter(range(1_000_000))


def next_reference() -> str:
    return f"B{next(_references)}"


def rows(desk: ImportDesk, *columns: InstrumentedAttribute[Any]) -> list[tuple[Any, ...]]:
    """Columns of one table of the practice."""
    with desk.database.transaction(desk.principal()) as session:
        table = columns[0].class_
        query = select(*columns).where(table.practice_id == desk.practice.practice_id)
        return [tuple(row) for row in session.execute(query)]


def test_a_new_claim_is_recorded_with_patient_coverage_and_lines(desk: ImportDesk) -> None:
    assert send(desk, *CLAIM[:3], *SECONDARY, *CLAIM[3:]) == "new"
    assert desk.sums() == {
        LedgerAccount.PAYER_RECEIVABLE: 10_000,
        LedgerAccount.GROSS_CHARGES: -10_000,
    }
    assert desk.claim().payer_receivable_cents == 10_000
    assert desk.claim().holds == ()
    ((first, last, born, address, city),) = rows(
        desk,
        Guarantor.first_name,
        Guarantor.last_name,
        Guarantor.born_on,
        Guarantor.address_line,
        Guarantor.city,
    )
    assert (first, last, address, city) == ("JUNE", "MARLOWE", "5 ELM ST, APT 2", "SALEM")
    assert str(born) == "1980-02-14"
    assert rows(desk, Patient.first_name, Patient.member_identifier) == [("JUNE", "W1")]
    coverages = rows(
        desk,
        Coverage.rank,
        Coverage.member_identifier,
        Coverage.filing_indicator,
        Coverage.starts_on,
    )
    assert sorted((rank, member, kind, str(day)) for rank, member, kind, day in coverages) == [
        (1, "W1", "CI", "2026-01-05"),
        (2, "S9", "CI", "2026-01-05"),
    ]
    assert rows(desk, Charge.control_number, Charge.procedure_code, Charge.charge_cents) == [
        ("A1L1", "99213", 10_000)
    ]
    assert rows(desk, Claim.charge_source, Claim.provider_name) == [
        (ChargeSource.PRACTICE.value, "LENA OKAFOR")
    ]
    ((sent_on, rank, outcome),) = rows(
        desk, SentClaimRow.sent_on, SentClaimRow.rank, SentClaimRow.outcome
    )
    assert (str(sent_on), rank, outcome) == ("2026-01-06", 1, "new")
    assert desk.tasks() == []


def test_diagnoses_are_stored_where_no_patient_reads(desk: ImportDesk) -> None:
    send(desk)
    ((content,),) = rows(desk, SentClaimContent.content)
    assert [one["code"] for one in content["diagnoses"]] == ["J0390", "R05"]
    assert content["lines"][0]["pointers"] == [1, 2]
    patient = Principal.patient(
        desk.practice.practice_id, guarantor_id=desk.guarantor_id("A1"), actor_id=UUID(int=1)
    )
    with desk.database.transaction(patient) as session:
        practice_id = desk.practice.practice_id
        seen = session.scalars(
            select(SentClaimRow.outcome).where(SentClaimRow.practice_id == practice_id)
        ).all()
        contents = session.scalars(
            select(SentClaimContent.content).where(SentClaimContent.practice_id == practice_id)
        ).all()
    assert (seen, contents) == (["new"], [])


def test_the_remittance_after_the_claim_finds_it_and_the_statement_asks_for_the_share(
    desk: ImportDesk,
) -> None:
    send(desk)
    report = desk.receive(SentClaim())
    assert (report.claims_posted, report.claims_held) == (1, 0)
    assert desk.count(Claim) == desk.count(Charge) == desk.count(Patient) == 1
    claim = desk.claim()
    assert (claim.charge_cents, claim.paid_cents, claim.adjusted_cents) == (10_000, 5_000, 3_000)
    assert claim.billable_cents == 2_000
    assert -desk.sums()[LedgerAccount.GROSS_CHARGES] == 10_000
    issued = issue_statements(
        desk.database, desk.practice.practice_id, as_of=TODAY, now=NOW, dry_run=False
    )
    assert (issued.issued, issued.amount_due_cents) == (1, 2_000)


def test_a_remittance_for_more_than_was_sent_goes_to_staff(desk: ImportDesk) -> None:
    """The practice's word stands: a payer cannot raise a charge."""
    send(desk)
    report = desk.receive(SentClaim(lines=(SentLine(), SentLine(2_500, {"PR3": 2_500}, "85025"))))
    assert report.claims_quarantined == 1
    assert desk.claim().charge_cents == 10_000
    assert rows(desk, QuarantinedClaim.code) == [("charge_above_recorded",)]


def test_a_claim_after_its_remittance_that_is_equal_posts_nothing(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    before, entries = desk.sums(), desk.count(JournalEntryRow)
    assert send(desk) == "equal"
    assert (desk.sums(), desk.count(JournalEntryRow)) == (before, entries)
    assert desk.count(Charge) == desk.count(Claim) == desk.count(Patient) == 1
    assert rows(desk, Claim.charge_source) == [("practice",)]
    assert desk.tasks() == []


@pytest.mark.parametrize(
    "claim",
    [
        ("CLM*A1*125***11:B:1*Y", *CLAIM[1:], *SECOND_LINE),
        (*CLAIM[:4], "SV1*HC:99214*100*UN*1***1", *CLAIM[5:6]),
        (*CLAIM[:3], "LX*1", "SV1*HC:99213*60*UN*1", "LX*2", "SV1*HC:85025*40*UN*1"),
    ],
)
def test_a_claim_after_its_remittance_that_differs_goes_to_staff(
    desk: ImportDesk, claim: tuple[str, ...]
) -> None:
    desk.receive(SentClaim())
    before, claims = desk.sums(), desk.claims()
    assert send(desk, *claim) == "differing"
    assert (desk.sums(), desk.claims()) == (before, claims)
    assert desk.tasks() == ["sent_claim_differs"]
    ((reason,),) = rows(desk, SentClaimContent.reason)
    assert "on record" in str(reason)


def test_the_list_of_what_waits_names_the_claim_and_what_was_sent(desk: ImportDesk) -> None:
    send(desk)
    desk.receive(SentClaim())
    assert send(desk, *frequency("8")) == "differing"
    assert send(desk, "CLM*A9*1***11:B:1*Y", *CLAIM[1:]) == "quarantined"
    page = view_tasks(desk.database, desk.staff("front_desk"), after=None, now=NOW, request_id="r")
    assert {one.kind: one.facts for one in page.tasks} == {
        "sent_claim_differs": TaskFacts("A1", 10_000, desk.claim_id()),
        "sent_claim_quarantined": TaskFacts("A9", 100),
    }
    assert {one.guarantor_name for one in page.tasks} == {"June Marlowe", ""}


def test_the_list_of_files_says_which_pays_nothing(desk: ImportDesk) -> None:
    send(desk)
    desk.receive(SentClaim())
    page = insurance_page(desk.database, Looking(desk.staff("poster"), "en", NOW, "r"))
    assert [(one.claims_posted, one.paid_cents) for one in page.imports] == [(1, 5_000), (1, None)]


def test_the_same_claim_to_a_second_payer_is_equal_and_adds_its_plan(desk: ImportDesk) -> None:
    send(desk)
    desk.receive(SentClaim())
    assert desk.claim().billable_cents == 2_000
    second = [
        line.replace("SBR*P", "SBR*S").replace("SAMPLE HEALTH PLAN", "SECOND PLAN")
        for line in SUBSCRIBER
    ]
    second = [line.replace("87726", "22222").replace("MI*W1", "MI*W1") for line in second]
    report = bring(
        desk, encoded(sent_file(sent_transaction(*PROVIDER, *second, *CLAIM, reference="X")))
    )
    assert report.sent["equal"] == 1
    assert report.coverages_added == 1
    assert desk.claim().holds == ("later_coverage",)
    assert desk.claim().billable_cents == 0
    ranks = rows(desk, SentClaimRow.rank)
    assert sorted(ranks) == [(1,), (2,)]


def test_the_same_file_twice_posts_nothing(desk: ImportDesk) -> None:
    data = encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)))
    assert bring(desk, data).sent["new"] == 1
    before = desk.sums()
    again = bring(desk, data)
    assert (again.sent["duplicate"], again.journal_entries) == (1, 0)
    assert again.cents["duplicate"] == 10_000
    assert desk.sums() == before
    assert desk.count(RemittanceFile) == desk.count(SentClaimRow) == 1


def test_the_same_transaction_with_other_line_breaks_is_known(desk: ImportDesk) -> None:
    """Also after the claim was replaced, when its content is no longer what is on record."""
    data = encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)))
    bring(desk, data)
    send(desk, *frequency("7", *CLAIM, *SECOND_LINE, total="125"))
    before = desk.sums()
    again = bring(desk, data.replace(b"~", b"~\r\n"))
    assert (again.sent["duplicate"], again.journal_entries) == (1, 0)
    assert desk.sums() == before
    assert desk.tasks() == []


def test_a_transaction_twice_in_one_file_counts_once(desk: ImportDesk) -> None:
    one = sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM)
    report = bring(desk, encoded(sent_file(one, one)))
    assert (report.sent["new"], report.sent["duplicate"], report.findings) == (1, 1, 1)
    assert desk.claim().charge_cents == 10_000


def test_other_claims_under_the_same_numbers_are_no_repeat(desk: ImportDesk) -> None:
    bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM))))
    other = [line.replace("CLM*A1", "CLM*A2") for line in CLAIM]
    report = bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *other))))
    assert report.sent["new"] == 1
    assert desk.count(ClaimTransmission) == 2


def test_a_claim_of_somebody_unknown_waits_and_is_found_later(desk: ImportDesk) -> None:
    assert send(desk, create_patients=False) == "new"
    assert desk.claim().holds == ("patient_unknown",)
    assert desk.count(Patient) == desk.count(Coverage) == 0
    desk.bring(desk.write(SentClaim()), create_patients=False)
    assert desk.claim().billable_cents == 0
    assert desk.claim().patient_pending_cents == 2_000
    guarantor_id = make_guarantor(desk.database, desk.practice.practice_id)
    patient_id = make_patient(
        desk.database,
        desk.practice.practice_id,
        guarantor_id=guarantor_id,
        first_name="June",
        last_name="Marlowe",
        member_identifier="W1",
    )
    desk.match("A1", patient_id)
    assert desk.claim().billable_cents == 2_000
    assert rows(desk, SentClaimRow.guarantor_id) == [(guarantor_id,)]


def test_a_known_patient_is_found_and_nobody_is_made(desk: ImportDesk) -> None:
    practice_id = desk.practice.practice_id
    guarantor_id = make_guarantor(desk.database, practice_id)
    make_patient(
        desk.database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="June",
        last_name="Marlowe",
        member_identifier="W1",
    )
    send(desk, create_patients=False)
    assert desk.guarantor_id("A1") == guarantor_id
    assert desk.count(Patient) == desk.count(Guarantor) == 1
    assert desk.count(Coverage) == 1


def test_a_claim_that_is_given_its_patient_waits_for_the_plans_on_file(desk: ImportDesk) -> None:
    june = known_patient(desk)
    for rank, (payer, member) in enumerate((("87726", "W1"), ("SECOND", "S9")), start=1):
        desk.cover(june.patient_id, june.guarantor_id, payer=payer, rank=rank, member=member)
    desk.bring(desk.write(SentClaim(member="")), create_patients=False)
    assert desk.claim().holds == ("patient_unknown",)
    assert send(desk, create_patients=False) == "equal"
    assert desk.guarantor_id("A1") == june.guarantor_id
    assert desk.claim().holds == ("later_coverage",)


def test_what_was_sent_goes_with_a_claim_that_is_joined(desk: ImportDesk) -> None:
    june = known_patient(desk)
    desk.bring(desk.write(FIRST), create_patients=False)
    desk.bring(desk.write(DOUBTFUL, payer="SECOND"), create_patients=False)
    first_id, second_id = desk.claim_ids()
    subscriber = "\n".join(SUBSCRIBER).replace("JUNE****MI*W1", "JUNIE****MI*SUP9")
    subscriber = subscriber.replace("SBR*P", "SBR*S").replace("87726", "SECOND")
    claim = [line.replace("99213:25", "99214") for line in CLAIM if not line.startswith("REF")]
    body = sent_transaction(*PROVIDER, *subscriber.split("\n"), *claim)
    bring(desk, encoded(sent_file(body)), create_patients=False)
    assert rows(desk, SentClaimRow.claim_id, SentClaimRow.outcome) == [(second_id, "equal")]
    match(desk, second_id, june.patient_id)
    assert rows(desk, SentClaimRow.claim_id, SentClaimRow.guarantor_id) == [
        (first_id, june.guarantor_id)
    ]


def test_a_claim_sent_again_by_somebody_who_makes_patients_gets_its_patient(
    desk: ImportDesk,
) -> None:
    send(desk, create_patients=False)
    desk.bring(desk.write(SentClaim()), create_patients=False)
    assert send(desk) == "equal"
    assert desk.claim().holds == ()
    assert desk.claim().billable_cents == 2_000


def test_children_of_one_subscriber_share_the_subscriber_as_guarantor(desk: ImportDesk) -> None:
    second = [line.replace("HL*3", "HL*4").replace("TOM", "SUE") for line in DEPENDENT]
    body = (*PROVIDER, *SUBSCRIBER, *DEPENDENT, *CLAIM, *second)
    other = [line.replace("CLM*A1", "CLM*A2") for line in CLAIM]
    report = bring(desk, encoded(sent_file(sent_transaction(*body, *other))))
    assert report.patients_made == 2
    assert rows(desk, Guarantor.first_name) == [("JUNE",)]
    third = [line.replace("TOM", "IDA") for line in DEPENDENT]
    last = [line.replace("CLM*A1", "CLM*A3") for line in CLAIM]
    bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *third, *last))))
    assert sorted(rows(desk, Patient.first_name)) == [("IDA",), ("SUE",), ("TOM",)]
    assert rows(desk, Guarantor.first_name) == [("JUNE",)]


def test_who_is_made_by_the_last_claim_of_a_batch_is_known_in_the_next(desk: ImportDesk) -> None:
    short = ("LX*1", "SV1*HC:99213*100*UN*1", "DTP*472*D8*20260105")
    heads = [f"CLM*A{number}*100***11:B:1*Y" for number in range(BATCH_CLAIMS + 1)]
    claims = [segment for head in heads for segment in (head, *short)]
    cut = (BATCH_CLAIMS - 1) * len((heads[0], *short))
    body = (*PROVIDER, *SUBSCRIBER, *claims[:cut], *DEPENDENT, *claims[cut:])
    report = bring(desk, encoded(sent_file(sent_transaction(*body))))
    assert (report.sent["new"], report.patients_made) == (BATCH_CLAIMS + 1, 2)
    assert rows(desk, Guarantor.first_name) == [("JUNE",)]


def test_a_grown_up_dependent_owes_for_themself(desk: ImportDesk) -> None:
    adult = [line.replace("20150301", "19990301") for line in DEPENDENT]
    bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *adult, *CLAIM))))
    assert rows(desk, Guarantor.first_name) == [("TOM",)]


def test_a_minor_is_never_a_guarantor(desk: ImportDesk) -> None:
    """A child with a plan of their own, and nobody named who answers for them."""
    minor = [line.replace("19800214", "20150214") for line in SUBSCRIBER]
    report = bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *minor, *CLAIM))))
    assert (report.sent["new"], report.patients_made) == (1, 0)
    assert desk.claim().holds == ("patient_unknown",)
    assert desk.count(Guarantor) == 0


def test_the_responsible_party_owes_for_a_child_with_a_plan_of_its_own(desk: ImportDesk) -> None:
    minor = [line.replace("19800214", "20150214") for line in SUBSCRIBER]
    body = (*PROVIDER, *minor, "NM1*QD*1*REYES*ANA", "N3*9 OAK ST", *CLAIM)
    bring(desk, encoded(sent_file(sent_transaction(*body))))
    assert rows(desk, Guarantor.first_name, Guarantor.last_name) == [("ANA", "REYES")]
    assert rows(desk, Patient.first_name) == [("JUNE",)]


def test_a_replacement_of_what_nobody_decided_takes_its_place(desk: ImportDesk) -> None:
    send(desk)
    assert send(desk, *frequency("7", *CLAIM, *SECOND_LINE, total="125")) == "replaced"
    assert desk.claim().charge_cents == 12_500
    assert desk.sums()[LedgerAccount.GROSS_CHARGES] == -12_500
    assert sorted(rows(desk, Charge.procedure_code)) == [("85025",), ("99213",)]
    assert send(desk, *frequency("7")) == "replaced"
    assert rows(desk, Charge.procedure_code) == [("99213",)]
    events = sorted(rows(desk, JournalEntryRow.business_event))
    assert events == [("charge_recorded",), ("charge_replaced",), ("charge_replaced",)]


def test_a_replacement_of_what_a_payer_decided_goes_to_staff(desk: ImportDesk) -> None:
    send(desk)
    desk.receive(SentClaim())
    before = desk.sums()
    assert send(desk, *frequency("7", *CLAIM, *SECOND_LINE, total="125")) == "differing"
    assert desk.sums() == before
    assert desk.tasks() == ["sent_claim_differs"]


def test_a_replacement_under_another_number_of_what_a_payer_decided_goes_to_staff(
    desk: ImportDesk,
) -> None:
    send(desk)
    desk.receive(SentClaim())
    head, *rest = frequency("7")
    assert send(desk, head.replace("CLM*A1", "CLM*A9"), "REF*F8*ICN1", *rest) == "differing"
    assert desk.claims().keys() == {"A1"}


def test_a_replacement_may_change_the_day_and_everything_else_but_the_patient(
    desk: ImportDesk,
) -> None:
    send(desk)
    other = ["LX*1", "SV1*HC:85025*25*UN*1", "DTP*472*D8*20260107"]
    assert send(desk, *frequency("7", *CLAIM[:3], total="25"), *other) == "replaced"
    assert [str(day) for (day,) in rows(desk, Claim.service_on)] == ["2026-01-07"]
    subscriber = [line.replace("MARLOWE*JUNE", "REYES*ANA") for line in SUBSCRIBER]
    body = sent_transaction(*PROVIDER, *subscriber, *frequency("7"), reference="other")
    assert bring(desk, encoded(sent_file(body))).sent["differing"] == 1
    assert desk.claim().charge_cents == 2_500


def test_nobody_is_made_without_a_member_number(desk: ImportDesk) -> None:
    subscriber = [line.replace("****MI*W1", "") for line in SUBSCRIBER]
    bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *subscriber, *CLAIM))))
    assert desk.count(Patient) == 0
    assert desk.claim().holds == ("patient_unknown",)


def test_a_replacement_of_what_was_never_seen_is_recorded(desk: ImportDesk) -> None:
    assert send(desk, *frequency("7")) == "new"
    assert desk.claim().charge_cents == 10_000


def test_a_void_of_what_nobody_decided_takes_the_charge_back(desk: ImportDesk) -> None:
    send(desk)
    assert send(desk, *frequency("8")) == "voided"
    assert desk.sums() == {}
    assert desk.count(Charge) == 0
    assert desk.claim().charge_cents == 0
    assert send(desk, *frequency("8")) == "equal"
    assert send(desk) == "new"
    assert desk.claim().charge_cents == 10_000
    assert desk.receive(SentClaim()).claims_posted == 1
    assert desk.claim().billable_cents == 2_000


def test_a_payer_that_decides_a_voided_claim_is_for_staff(desk: ImportDesk) -> None:
    send(desk)
    send(desk, *frequency("8"))
    assert desk.receive(SentClaim()).claims_quarantined == 1
    assert desk.claim().billable_cents == 0


def test_a_void_of_what_a_payer_decided_or_nobody_knows_goes_to_staff(desk: ImportDesk) -> None:
    assert send(desk, *frequency("8")) == "differing"
    send(desk)
    desk.receive(SentClaim())
    before = desk.sums()
    assert send(desk, *frequency("8")) == "differing"
    assert desk.sums() == before
    assert desk.tasks() == ["sent_claim_differs", "sent_claim_differs"]


def test_recorded_replaced_and_voided_in_one_file_leaves_nothing(desk: ImportDesk) -> None:
    longer = frequency("7", *CLAIM, *SECOND_LINE, total="125")
    body = sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM, *longer, *frequency("8"))
    report = bring(desk, encoded(sent_file(body)))
    assert (report.sent["new"], report.sent["replaced"], report.sent["voided"]) == (1, 1, 1)
    assert desk.sums() == {}
    assert desk.count(Charge) == 0


@pytest.mark.parametrize(
    "claim",
    [
        ("CLM*A1*99***11:B:1", *CLAIM[1:]),
        CLAIM[:3],
        (f"{CLAIM[0]}**********PB", *CLAIM[1:]),
    ],
)
def test_a_claim_that_does_not_hold_is_kept_and_not_recorded(
    desk: ImportDesk, claim: tuple[str, ...]
) -> None:
    assert send(desk, *claim) == "quarantined"
    assert desk.sums() == {}
    assert desk.tasks() == ["sent_claim_quarantined"]
    assert desk.count(SentClaimContent) == 1
    assert desk.count(Patient) == 0


def test_a_plan_in_the_place_of_another_is_for_staff(desk: ImportDesk) -> None:
    send(desk)
    other = [line.replace("87726", "55555").replace("SAMPLE", "OTHER") for line in SUBSCRIBER]
    claim = [line.replace("CLM*A1", "CLM*A2").replace("20260105", "20260201") for line in CLAIM]
    bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *other, *claim))))
    assert desk.tasks() == ["coverage_differs"]
    assert desk.count(Coverage) == 1


def test_an_earlier_visit_moves_the_first_day_of_its_plan(desk: ImportDesk) -> None:
    send(desk)
    claim = [line.replace("CLM*A1", "CLM*A2").replace("20260105", "20251201") for line in CLAIM]
    send(desk, *claim)
    assert [str(day) for (day,) in rows(desk, Coverage.starts_on)] == ["2025-12-01"]


def test_the_payer_of_a_remittance_is_the_payer_a_claim_was_sent_to(desk: ImportDesk) -> None:
    """Under the clearinghouse's number for it, when the name is the same."""
    desk.receive(SentClaim())
    other = [line.replace("PI*87726", "PI*CH001") for line in SUBSCRIBER]
    bring(desk, encoded(sent_file(sent_transaction(*PROVIDER, *other, *CLAIM))))
    assert rows(desk, Payer.identifier) == [("87726",)]


def test_a_file_that_is_cut_off_leaves_nothing(desk: ImportDesk) -> None:
    segments = sent_file(sent_transaction(*PROVIDER, *SUBSCRIBER, *CLAIM * 3))
    with pytest.raises(UnreadableRemittanceError, match="cut off"):
        bring(desk, encoded(segments[:-3]))
    assert desk.sums() == {}
    assert desk.count(RemittanceFile) == desk.count(Patient) == desk.count(SentClaimRow) == 0


def test_an_835_still_goes_where_it_belongs(desk: ImportDesk) -> None:
    report = import_any(
        desk.database,
        desk.practice,
        desk.write(SentClaim()),
        create_patients=True,
        now=NOW,
        today=TODAY,
        imported_by="test",
    )
    assert not isinstance(report, SentReport)
    assert report.claims_posted == 1


@pytest.mark.parametrize("create_patients", [True, False])
def test_the_whole_corpus_in_one_practice_is_accounted_for_and_posts_nothing_again(
    desk: ImportDesk, era_corpus: Path, *, create_patients: bool
) -> None:
    files = sorted((era_corpus / "837").iterdir())
    total = sum(
        bring(desk, path.read_bytes(), create_patients=create_patients).claims for path in files
    )
    assert total == 68
    before, entries = desk.sums(), desk.count(JournalEntryRow)
    for path in files:
        again = bring(desk, path.read_bytes(), create_patients=create_patients)
        assert again.journal_entries == 0
        assert again.sent["duplicate"] == again.claims
    assert (desk.sums(), desk.count(JournalEntryRow)) == (before, entries)


@pytest.mark.parametrize("first", ["835", "837"])
def test_remittances_and_claims_of_the_corpus_together_add_up(
    desk: ImportDesk, era_corpus: Path, first: str
) -> None:
    for folder in (first, "837" if first == "835" else "835"):
        for path in sorted((era_corpus / folder).iterdir()):
            import_any(
                desk.database,
                desk.practice,
                path,
                create_patients=True,
                now=NOW,
                today=TODAY,
                imported_by="test",
            )
    assert desk.findings() == []
    for claim in desk.claims().values():
        figures = claim.as_json()
        parts = ("paid", "adjusted", "payer_receivable", "patient_pending", "patient_receivable")
        total = sum(figures[f"{part}_cents"] for part in (*parts, "patient_paid"))
        assert figures["charge_cents"] == total


def test_a_charge_keeps_what_the_practice_calls_the_service(desk: ImportDesk) -> None:
    named = [one.replace("HC:99213:25", "HC:99213:25::::Visit with Dr. Okafor") for one in CLAIM]
    assert send(desk, *named) == "new"
    with desk.database.transaction(desk.principal()) as session:
        (text,) = session.scalars(
            select(Charge.description).where(Charge.practice_id == desk.practice.practice_id)
        )
    assert text == "Visit with Dr. Okafor"

"""One sound file and sixteen copies with one fault each: what is told, and what is posted of it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.remittances.check import check_file
from portal.remittances.findings import FindingCode, UnreadableRemittanceError
from portal.remittances.models import RemittanceFile
from portal.remittances.posting.importing import TASK_UNEXPLAINED
from tests.remittances.desk import ImportDesk

_CLAIMS = 3
_CHARGE_CENTS = 513_439


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file with this fault gives. The claims that are not named are posted."""

    what: str
    findings: tuple[FindingCode, ...] = ()
    quarantined: int = 0
    held: int = 0
    duplicates: int = 0
    has_task: bool = False  # somebody looks at what the payment leaves unexplained


FAULTS = {
    "mut_00_ok.835": Outcome("nothing is wrong"),
    "mut_01_svc_unbalanced.835": Outcome(
        "a line does not balance", (FindingCode.LINE_UNBALANCED,), quarantined=1
    ),
    "mut_02_clp_unbalanced.835": Outcome(
        "a claim does not balance, nor its payment then",
        (FindingCode.CLAIM_UNBALANCED, FindingCode.TRANSACTION_UNBALANCED),
        quarantined=1,
        has_task=True,
    ),
    "mut_03_bpr_wrong.835": Outcome(
        "BPR02 is another amount", (FindingCode.TRANSACTION_UNBALANCED,), has_task=True
    ),
    "mut_04_clp05_ne_pr.835": Outcome(
        "CLP05 is not the sum of PR", (FindingCode.RESPONSIBILITY_DIFFERS,), held=1
    ),
    "mut_06_cas_gap.835": Outcome("an empty triplet in a CAS", (FindingCode.ADJUSTMENT_GAP,)),
    "mut_07_se_count.835": Outcome("SE01 is wrong", (FindingCode.SEGMENT_COUNT_DIFFERS,)),
    "mut_08_amount_nonnumeric.835": Outcome(
        "an amount is a word", (FindingCode.AMOUNT_UNREADABLE,), quarantined=1
    ),
    "mut_09_two_isa.835": Outcome(
        "the whole file twice in one", (FindingCode.TRANSACTION_REPEATED,), duplicates=_CLAIMS
    ),
    "mut_10_unknown_carc.835": Outcome("reason code 999", (FindingCode.UNKNOWN_REASON,)),
    "mut_11_unknown_group.835": Outcome(
        "an adjustment group nobody knows", (FindingCode.UNKNOWN_GROUP,), held=1
    ),
    "mut_12_lowercase_newlines.835": Outcome("line breaks behind every segment"),
    "mut_13_delims.835": Outcome("other delimiters"),
    "mut_14_bom.835": Outcome("a byte order mark in front"),
    "mut_15_crossover_TT.835": Outcome("a claim was sent on to another payer", held=1),
    "mut_16_plb_removed.835": Outcome(
        "the PLB is missing", (FindingCode.TRANSACTION_UNBALANCED,), has_task=True
    ),
}
CUT_OFF = "mut_05_truncated.835"


def test_every_file_of_the_folder_is_in_the_table(era_corpus: Path) -> None:
    assert {path.name for path in (era_corpus / "faults").iterdir()} == {*FAULTS, CUT_OFF}


@pytest.mark.parametrize(
    ("name", "outcome"), FAULTS.items(), ids=[one.what for one in FAULTS.values()]
)
def test_a_single_fault_is_named_and_the_sound_claims_are_posted(
    name: str, outcome: Outcome, desk: ImportDesk, era_corpus: Path
) -> None:
    path = era_corpus / "faults" / name
    assert Counter(one.code for one in check_file(path).findings) == Counter(outcome.findings)
    report = desk.bring(path)
    assert report.claims_posted == _CLAIMS - outcome.quarantined - outcome.held
    assert report.claims_quarantined == outcome.quarantined
    assert report.claims_held == outcome.held
    assert report.duplicates == outcome.duplicates
    assert sum(report.cents.values()) - report.cents["duplicate"] == _CHARGE_CENTS
    assert (TASK_UNEXPLAINED in desk.tasks()) is outcome.has_task


def test_a_file_that_is_cut_off_is_refused_whole(desk: ImportDesk, era_corpus: Path) -> None:
    path = era_corpus / "faults" / CUT_OFF
    for take in (check_file, desk.bring):
        with pytest.raises(UnreadableRemittanceError, match=r"cut off or damaged.*no end \(SE\)"):
            take(path)
    assert desk.count(RemittanceFile) == 0

"""Our reader and oxedi's on the same files: alike to the cent, or the table says why we are right.

oxedi 0.6 is the best of the other open-source readers, written in another language by others: where
two that share nothing agree, a misreading is unlikely.
"""

from pathlib import Path
from random import Random

import pytest

from portal.remittances.findings import UnreadableRemittanceError
from tests.remittances.mutating import sound_file
from tests.remittances.oxedi_reading import our_reading, their_reading

_NO_ENVELOPE = (
    "It begins with GS or ST. oxedi asks for an ISA; the claims are whole without one, and the "
    "missing envelope is a finding."
)
_NO_AMOUNT = (
    "An element holds a word where an amount has to be. oxedi leaves it empty and says so; ours "
    "counts it as 0, says so, and the claim cannot be posted."
)
_DOUBTFUL_CLAIM = (
    "One amount of the CLP is a word, so its elements may have moved by a place: ours trusts none "
    "of its amounts, and no balance of the claim is compared. oxedi keeps those that are numbers."
)
_NO_SOCIAL_SECURITY_NUMBER = (
    "The patient's identifier is a social security number (NM108 34): ours never keeps it."
)
_SHORT_ISA = (
    "A 4010 file whose ISA is shorter than its fixed width: the delimiters stand elsewhere. oxedi "
    "counts to place 106 and finds no claims; ours looks for the GS that follows, and finds them."
)
_TILDE_IS_A_SEPARATOR = (
    "The ISA is one character short, so that '~' stands where the component separator is declared "
    "and the line break ends a segment. oxedi drops what is behind a separator in an element that "
    "has no parts and reads 20.00; ours keeps the element, so that 'CAS*CO*45*20~' is no amount, "
    "and the claim waits for a person. The patient owes nothing by a guess."
)
_EXTRA_COMPONENT = (
    "PLB03 is 'resnCode>adjID>5' with its amount missing: the amount slipped into the composite. "
    "oxedi leaves the third part out; ours keeps it in the reference for whoever looks into it. "
)
_LACKING_AMOUNT = (
    "The adjustment has no amount: both leave it out of every sum; oxedi as nothing, ours as 0."
)

WHY_OURS: dict[str, dict[str, str]] = {  # file: what is read otherwise, and why
    "covehealth_sample_835.txt": {
        "provider adjustments": _EXTRA_COMPONENT + _LACKING_AMOUNT,
        "adjustments": _LACKING_AMOUNT,
    },
    "covehealth_sample_835_with_interests.txt": {"adjustments": _LACKING_AMOUNT},
    "gunajii_sample_835.edi": {
        "payments": _TILDE_IS_A_SEPARATOR,
        "patients": _TILDE_IS_A_SEPARATOR,
        "adjustments": _TILDE_IS_A_SEPARATOR,
    },
    "hzbarcea_example835One.txt": {
        "payments": _NO_AMOUNT,
        "claims": _DOUBTFUL_CLAIM,
        "patients": _NO_SOCIAL_SECURITY_NUMBER,
    },
    "hzbarcea_example835SpecialCharsOne.txt": {
        "payments": _NO_AMOUNT,
        "claims": _DOUBTFUL_CLAIM,
        "patients": _NO_SOCIAL_SECURITY_NUMBER,
    },
    "irobayna_1.edi": {"patients": _NO_SOCIAL_SECURITY_NUMBER},
    "sbuss_835-example-2.txt": dict.fromkeys(
        ("payments", "claims", "patients", "lines", "adjustments", "balances"), _SHORT_ISA
    ),
    "sbuss_835-example.txt": dict.fromkeys(
        (
            *("payments", "provider adjustments", "claims", "patients", "lines", "adjustments"),
            "balances",
        ),
        _SHORT_ISA,
    ),
    "sbuss_sample_835.txt": {
        "payments": _NO_AMOUNT,
        "provider adjustments": _NO_AMOUNT,
        "claims": _NO_AMOUNT,
        "adjustments": _NO_AMOUNT,
    },
    "mut_08_amount_nonnumeric.835": {"lines": _NO_AMOUNT},
}
WHY_THEY_REFUSE = {
    "affect-therapeutics_exhaustive_sample.txt": _NO_ENVELOPE,
    "chs-cds-aiml_blue_cross_nc_sample.txt": _NO_ENVELOPE,
    "ryanco_example835NoISA.txt": _NO_ENVELOPE,
}
WHY_WE_REFUSE = {
    "mut_05_truncated.835": (
        "The file is cut off: oxedi gives the claims in front of the cut, ours nothing at all, "
        "since a payment that lacks claims cannot be booked and the whole file will come."
    ),
}


def test_every_file_is_read_alike_or_the_table_says_why_ours_is_right(era_corpus: Path) -> None:
    differing, they_refuse, we_refuse = {}, set(), set()
    for path in [*(era_corpus / "835").iterdir(), *(era_corpus / "faults").iterdir()]:
        data = path.read_bytes()
        theirs = their_reading(data)
        try:
            ours = our_reading(data)
        except UnreadableRemittanceError:
            we_refuse.add(path.name)
            continue
        if theirs is None:
            they_refuse.add(path.name)
            continue
        differing[path.name] = {what for what in ours if ours[what] != theirs[what]}
    assert {name: whats for name, whats in differing.items() if whats} == {
        name: set(whats) for name, whats in WHY_OURS.items()
    }
    assert they_refuse == set(WHY_THEY_REFUSE)
    assert we_refuse == set(WHY_WE_REFUSE)
    assert len(differing) == 44 + 17 - len(WHY_THEY_REFUSE) - len(WHY_WE_REFUSE)


def test_only_the_social_security_numbers_of_a_patient_are_left_out(era_corpus: Path) -> None:
    for name, whats in WHY_OURS.items():
        if whats.get("patients") is _NO_SOCIAL_SECURITY_NUMBER:
            data = (era_corpus / "835" / name).read_bytes()
            theirs = their_reading(data)
            assert theirs is not None
            for (*their_names, number), (*our_names, nothing) in zip(
                theirs["patients"], our_reading(data)["patients"], strict=True
            ):
                assert their_names == our_names
                assert number
                assert nothing == ""


@pytest.mark.parametrize("seed", range(40))
def test_sound_files_are_read_alike(seed: int) -> None:
    data = sound_file(Random(seed))  # noqa: S311 — a seed that can be repeated is the point
    assert our_reading(data) == their_reading(data)

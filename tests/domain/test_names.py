"""Names as people write them, and when two of them may be one person's."""

import pytest

from portal.domain.names import fold, in_mixed_case, last_names, plain, same_first_name


@pytest.mark.parametrize(
    ("shouted", "written"),
    [
        ("LENA OKAFOR", "Lena Okafor"),
        ("O'NEIL-OKAFOR", "O'Neil-Okafor"),
        ("BLUE CROSS OF IDAHO", "Blue Cross of Idaho"),
        ("THE HARTFORD", "The Hartford"),
        ("AETNA PPO", "Aetna PPO"),
        ("JOSÉ MUÑOZ", "José Muñoz"),
        ("UNITED 2000", "United 2000"),
        ("", ""),
    ],
)
def test_a_name_in_capitals_is_written_as_people_write_it(shouted: str, written: str) -> None:
    assert in_mixed_case(shouted) == written


@pytest.mark.parametrize("name", ["McDonald", "van der Berg", "eMedNY", "DeShawn"])
def test_a_name_that_does_not_shout_is_left_alone(name: str) -> None:
    assert in_mixed_case(name) == name


@pytest.mark.parametrize(
    ("written", "folded", "compared"),
    [
        ("Núñez-Ortiz", "nunez ortiz", "nunezortiz"),
        ("O’Neil", "o neil", "oneil"),
        ("MARY  ANN", "mary ann", "maryann"),
        ("Łukasz", "lukasz", "lukasz"),
        ("Straße", "straße", "strasse"),
        ("W-12 3", "w 12 3", "w123"),
        ("", "", ""),
    ],
)
def test_a_name_is_folded_for_looking_and_for_comparing(
    written: str, folded: str, compared: str
) -> None:
    assert (fold(written), plain(written)) == (folded, compared)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MARY ANN", "Maryann", True),
        ("Mary-Ann", "MARY ANN L", True),
        ("JOSÉ", "JOSE", True),
        ("JUNE", "JUNE A", True),
        ("JUNE ANN", "JUNE A", True),
        ("JUAN CARLOS", "JUAN", True),
        ("JUAN CARLOS", "JUAN PABLO", False),
        ("JUNE A", "JUNE B", False),
        ("MARY-ANN", "MARY", False),
        ("J", "JUNE", False),
        ("JUNE", "", False),
    ],
)
def test_a_first_name_may_be_written_in_several_ways(one: str, other: str, *, same: bool) -> None:
    assert same_first_name(one, other) is same
    assert same_first_name(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("O'NEIL", "O NEIL", True),
        ("MARLOWE-OKORO", "MARLOWE", True),
        ("DE LA CRUZ", "DELACRUZ", True),
        ("DE LA CRUZ", "DE LA ROSA", False),
        ("O'NEIL", "O'BRIEN", False),
        ("VAN", "VAN", True),
    ],
)
def test_families_share_a_last_name_not_its_small_words(
    one: str, other: str, *, share: bool
) -> None:
    assert bool(last_names(one) & last_names(other)) is share

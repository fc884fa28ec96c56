"""Names as people write them."""

import pytest

from portal.domain.names import in_mixed_case


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

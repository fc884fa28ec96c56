"""Every paper there is: tagged, for archives, the same bytes twice, large where it is asked for."""

import pytest

from portal.connectors.pdf import print_paper
from tests.statements.papers.pdf_reading import pages_of, problems_of, signs
from tests.statements.papers.samples import MADE_AT, every_paper, speaking

with speaking("en"):
    NAMES = sorted(every_paper())


@pytest.fixture(scope="module")
def printed() -> dict[str, bytes]:
    """All of them, half in one language and half in the other."""
    with speaking("en"):
        papers = dict(every_paper())
    with speaking("es"):
        papers |= {name: paper for name, paper in every_paper().items() if name in NAMES[::2]}
    return {name: print_paper(paper, made_at=MADE_AT) for name, paper in papers.items()}


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_read_aloud_and_kept(printed: dict[str, bytes], name: str) -> None:
    assert problems_of(printed[name]) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-large")])
def test_in_large_print_nothing_but_an_address_is_small(
    printed: dict[str, bytes], name: str
) -> None:
    """18 points; what shows through a window of an envelope is read by the post's machines."""
    for page in range(len(pages_of(printed[name]))):
        small = [one for one in signs(printed[name], page) if one.size < 17.9]
        in_windows = [one for one in small if page == 0 and one.right < 4_625 and one.top < 3_125]
        assert small == in_windows, name


def test_the_same_paper_is_the_same_bytes(printed: dict[str, bytes]) -> None:
    with speaking("en"):
        again = every_paper()
    for name in ("statement-due", "statement-due-large", "itemized", "receipt"):
        content = print_paper(again[name], made_at=MADE_AT)
        assert content == print_paper(again[name], made_at=MADE_AT)
    assert len(set(printed.values())) == len(printed)

"""How letters are packed: one number of sheets in a batch, no page on another's sheet."""

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.print_run import MOST_IN_A_BATCH, batch_name, packed, sheets_of


@given(
    pages=st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=1_200),
    is_duplex=st.booleans(),
)
def test_every_letter_has_pages_of_its_own(pages: list[int], *, is_duplex: bool) -> None:
    letters = packed(list(enumerate(pages, start=1)), is_duplex=is_duplex)
    assert sorted(one.sequence for one in letters) == list(range(1, len(pages) + 1))
    for batch in {one.batch for one in letters}:
        of_batch = [one for one in letters if one.batch == batch]
        assert len(of_batch) <= MOST_IN_A_BATCH
        assert len({one.sheets for one in of_batch}) == 1
        following = 1
        for one in of_batch:
            assert one.first_page == following
            assert one.pages == pages[one.sequence - 1]
            assert one.sheets == sheets_of(one.pages, is_duplex=is_duplex)
            following += one.sheets * (2 if is_duplex else 1)


def test_both_sides_are_printed_on_or_one() -> None:
    assert [sheets_of(pages, is_duplex=True) for pages in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert sheets_of(3, is_duplex=False) == 3
    assert batch_name(12) == "batch-0012.pdf"

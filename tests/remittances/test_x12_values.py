"""What short texts stand for is remembered, within bounds, and changes nothing."""

from pathlib import Path

import pytest

from portal.domain.money import AmountError, parse_amount
from portal.remittances.x12 import x835
from portal.remittances.x12.values import CENTS, Memo


def test_a_memo_works_a_text_out_once() -> None:
    asked: list[str] = []

    def cents(text: str) -> int:
        asked.append(text)
        return parse_amount(text)

    memo = Memo(cents, most=10)
    assert [memo[text] for text in ("1.50", "20", "1.50")] == [150, 2000, 150]
    assert asked == ["1.50", "20"]


def test_a_full_memo_forgets_everything_and_goes_on() -> None:
    memo = Memo(parse_amount, most=3)
    assert [memo[str(number)] for number in range(10)] == [number * 100 for number in range(10)]
    assert len(memo) <= 3


def test_a_memo_keeps_no_long_text() -> None:
    memo = Memo(len, most=3)
    assert memo["9" * 500] == 500
    assert not memo


def test_a_memo_keeps_nothing_that_could_not_be_worked_out() -> None:
    memo = Memo(parse_amount, most=3)
    for _ in range(2):
        with pytest.raises(AmountError):
            memo["1.234"]
    assert not memo


def test_what_is_remembered_changes_nothing(era_corpus: Path) -> None:
    for path in sorted((era_corpus / "835").iterdir()):
        CENTS.clear()
        first, second = _said(path), _said(path)
        assert first == second


def _said(path: Path) -> list[object]:
    try:
        with path.open("rb") as stream:
            return [*x835.scan(stream), *_read(path)]
    except x835.UnreadableRemittanceError as error:
        return [str(error)]


def _read(path: Path) -> list[object]:
    with path.open("rb") as stream:
        return list(x835.read(stream))

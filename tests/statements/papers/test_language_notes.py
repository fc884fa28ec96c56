"""The notice of language help on a letter: the practice's languages, and where the others are."""

from collections.abc import Sequence

import pytest

from portal.connectors.pdf import print_paper, printable
from portal.connectors.pdf_blocks import Told
from portal.domain.language_help import language_notices
from portal.statements.papers.notices import language_notes
from portal.statements.papers.statement import Layout, statement_paper
from tests.statements.papers.pdf_reading import Sign, pages_of, problems_of, signs
from tests.statements.papers.samples import ANA, MADE_AT, SITE, facts_of, speaking

PHONE = "(503) 555-0142"


def words_of(*codes: str, language: str = "en") -> str:
    with speaking(language):
        blocks = list(language_notes(codes, phone=PHONE, site=SITE))
    return "\n".join(
        f"{block.lead} {block.text}" if isinstance(block, Told) else str(block) for block in blocks
    )


def test_every_language_there_is_stands_there_or_is_named_with_its_address() -> None:
    said = words_of()
    others = {"Chinese": "zh-Hans", "Japanese": "ja", "Korean": "ko"}
    for one in language_notices().notices:
        assert (one.for_phone(PHONE) in said) is (one.code not in others.values())
    for name in others:
        assert name in said
    assert f"{SITE}/language-help" in said


def test_only_the_languages_of_the_practice_are_there() -> None:
    said = words_of("en", "es", "vi", "ar", "ja")
    assert "Tiếng Việt" in said
    assert "العربية" in said
    assert "Japanese" in said
    assert "Polski" not in said
    assert "Korean" not in said


def test_where_all_can_be_written_no_other_place_is_named() -> None:
    assert SITE not in words_of("en", "es", "vi")


def test_the_readers_own_language_comes_first_though_nobody_chose_it() -> None:
    said = words_of("en", "vi", "ja", language="es")
    assert said.index("Español") < said.index("English")
    assert "japonés" in said


@pytest.mark.parametrize("is_large", [False, True])
def test_arabic_and_persian_are_printed_in_their_letters_for_ears_and_archives(
    *, is_large: bool
) -> None:
    """A letter without a form in the typeface would stop the paper (LNG-05)."""
    facts = facts_of(ANA, languages=("en", "ar", "fa"))
    with speaking("en"):
        paper = statement_paper(ANA, facts, Layout(SITE, is_large=is_large))
    content = print_paper(paper, made_at=MADE_AT)
    assert problems_of(content) == []
    pages = [list(signs(content, page)) for page in range(len(pages_of(content)))]
    read = {sign.text for page in pages for sign in page}
    assert {"\N{ARABIC LETTER MEEM}", "\N{ARABIC LETTER PEH}"} <= read
    numbers = [digits_beside(sign, page) for page in pages for sign in page if sign.text == ")"]
    assert numbers[-2:] == ["5035550142", "5035550142"]  # not turned round


def digits_beside(sign: Sign, signs: Sequence[Sign]) -> str:
    """On the same line, as they are seen from left to right."""
    line = [one for one in signs if abs(one.bottom - sign.bottom) < 60 and one.text.isdigit()]
    return "".join(one.text for one in sorted(line, key=lambda one: one.left))


def test_arabic_letters_in_a_name_change_no_order_of_other_words() -> None:
    assert printable("علي Reyes") == "??? Reyes"

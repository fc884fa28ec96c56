"""The notice of language help on a letter: the practice's languages, and where the others are."""

from portal.connectors.pdf import printable
from portal.domain.language_help import language_notices
from portal.statements.papers.notices import language_notes
from tests.statements.papers.samples import SITE, speaking

PHONE = "(503) 555-0142"


def words_of(*codes: str, language: str = "en") -> str:
    with speaking(language):
        blocks = list(language_notes(codes, phone=PHONE, site=SITE))
    return "\n".join(str(block) for block in blocks)


def test_every_language_there_is_stands_there_or_is_named_with_its_address() -> None:
    said = words_of()
    for one in language_notices().notices:
        if printable(one.text) == one.text:
            assert one.for_phone(PHONE) in said
    for name in ("Arabic", "Chinese", "Persian", "Japanese", "Korean"):
        assert name in said
    assert f"{SITE}/language-help" in said


def test_only_the_languages_of_the_practice_are_there() -> None:
    said = words_of("en", "es", "vi", "ar")
    assert "Tiếng Việt" in said
    assert "Arabic" in said
    assert "Polski" not in said
    assert "Korean" not in said


def test_where_all_can_be_written_no_other_place_is_named() -> None:
    assert SITE not in words_of("en", "es", "vi")


def test_the_readers_own_language_comes_first_though_nobody_chose_it() -> None:
    said = words_of("en", "vi", "ar", language="es")
    assert said.index("Español") < said.index("English")
    assert "árabe" in said

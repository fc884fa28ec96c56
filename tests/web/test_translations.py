"""The catalogues: complete, current, and with the same placeholders and tags as the English."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from portal.web import i18n

PLACEHOLDER = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")


@pytest.fixture(scope="module")
def written() -> Catalog:
    with i18n.catalogue_path("es").open("rb") as file:
        return read_po(file, locale="es")


@pytest.fixture(scope="module")
def used() -> Catalog:
    return i18n.extract_messages()


def texts(message: Message) -> list[tuple[str, str]]:
    """Each source text with its translation."""
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    translated = [str(text or "") for text in strings]
    return list(zip(map(str, sources), translated, strict=True))


def test_every_text_has_its_spanish(written: Catalog, used: Catalog) -> None:
    known = {message.id: message for message in written if message.id}
    missing = [
        message.id
        for message in used
        if message.id
        and (message.id not in known or not all(text for _, text in texts(known[message.id])))
    ]
    assert missing == []


def test_no_spanish_is_left_over_and_none_is_a_guess(written: Catalog, used: Catalog) -> None:
    wanted = {message.id for message in used}
    assert [message.id for message in written if message.id not in wanted] == []
    assert [message.id for message in written if message.id and message.fuzzy] == []


def test_placeholders_and_tags_agree(written: Catalog) -> None:
    different = [
        (source, text)
        for message in written
        if message.id
        for source, text in texts(message)
        if Counter(PLACEHOLDER.findall(source)) != Counter(PLACEHOLDER.findall(text))
    ]
    assert different == []


def test_spanish_says_usted(written: Catalog) -> None:
    familiar = re.compile(r"\b(tú|tu|tus|ti|tienes|puedes|debes|quieres)\b", re.IGNORECASE)
    slips = [
        text
        for message in written
        if message.id
        for _, text in texts(message)
        if familiar.search(text)
    ]
    assert slips == []


def test_compiling_again_writes_nothing() -> None:
    i18n.compile_translations()
    assert i18n.compile_translations() == []

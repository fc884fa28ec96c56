"""The catalogues: complete, current, and with the same placeholders and tags as the English."""

import fcntl
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import BinaryIO

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


def test_who_collects_for_us_has_one_name_in_spanish(written: Catalog) -> None:
    other = re.compile(r"cobranza|agencia de cobro\b", re.IGNORECASE)
    assert [message.id for message in written if other.search(str(message.string))] == []


def test_compiling_again_writes_nothing() -> None:
    i18n.compile_translations()
    assert i18n.compile_translations() == []


def test_an_update_that_breaks_off_leaves_the_catalogue_whole_and_lets_no_second_one_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "translations"
    shutil.copytree(i18n.catalogue_path("es").parents[2], folder)
    monkeypatch.setattr(i18n, "_FOLDER", folder)
    before = i18n.catalogue_path("es").read_bytes()

    def half_of_it(file: BinaryIO, _catalogue: Catalog, **_how: object) -> None:
        second = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(second)
        file.write(before[: len(before) // 2])
        message = "no space left"
        raise OSError(message)

    monkeypatch.setattr(i18n, "write_po", half_of_it)
    with pytest.raises(OSError, match="no space left"):
        i18n.update_translations()
    assert i18n.catalogue_path("es").read_bytes() == before

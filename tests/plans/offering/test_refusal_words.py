"""Every reason why something cannot be has its sentence, with its figures, in both languages."""

from datetime import date

import flask_babel
import pytest
from flask import Flask

from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.plans.refusal_words import refusal_words
from tests.web.conftest import drawing, settings  # noqa: F401 — fixtures


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_code_is_told(drawing: Flask, language: str) -> None:  # noqa: F811 — the fixture
    told = set()
    with drawing.test_request_context(), flask_babel.force_locale(language):
        for code in RefusalCode:
            words = refusal_words(Refusal(code, cents=7_700, count=7, day=date(2026, 3, 7)))
            assert words.strip()
            assert "%" not in words
            assert "None" not in words
            told.add(words)
    assert len(told) == len(RefusalCode)

"""What the notices say of these pages is what these pages do."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from portal.web.sessions import IDLE_LIMIT
from tests.auth.running import browser

PORTAL = Path(__file__).parents[2] / "portal"


def cookies_set() -> set[Path]:
    """The modules that set a cookie in somebody's browser, each one of its own."""
    modules = [path for path in PORTAL.rglob("*.py") if "demo" not in path.parts]
    return {
        path
        for path in modules
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "set_cookie"
    }


@pytest.fixture
def said(app: Flask) -> dict[str, str]:
    visitor = browser(app)
    return {name: visitor.get(f"/{name}").text for name in ("privacy", "accessibility")}


def test_the_privacy_page_names_every_cookie_there_is(said: dict[str, str]) -> None:
    listed = re.search(r'<ul id="cookies">(.*?)</ul>', said["privacy"], re.DOTALL)
    assert listed is not None
    assert listed[1].count("<li>") == len(cookies_set()) == 4


def test_the_privacy_page_says_who_else_may_look_and_when_a_session_ends(
    said: dict[str, str],
) -> None:
    for words in ("front desk", "date of birth", "in which you do nothing"):
        assert words in said["privacy"]
    assert f"after {IDLE_LIMIT.total_seconds() / 60:.0f} minutes" in said["privacy"]


def test_the_accessibility_page_says_what_needs_scripts(said: dict[str, str]) -> None:
    assert "That page needs scripts, and so do passkeys." in said["accessibility"]
    assert "choose and pay" not in said["accessibility"]

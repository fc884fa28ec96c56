"""The sources of templates, style sheet and icons: what they may not hold, and nothing unused."""

import re

import pytest

from portal.web.application import TEMPLATES

STATIC = TEMPLATES.parent / "static"
SHEETS = {one.name: one.read_text(encoding="utf-8") for one in sorted(STATIC.glob("*.css"))}
STYLES = "".join(SHEETS.values())
SOURCES = {
    str(path.relative_to(TEMPLATES)): path.read_text(encoding="utf-8")
    for path in sorted(TEMPLATES.rglob("*"))
    if path.is_file()
}
PAGES = {name: text for name, text in SOURCES.items() if not name.startswith("messages/")}


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_trusts_no_text(name: str) -> None:
    for forbidden in ("|safe", "| safe", "Markup(", "autoescape", "|striptags"):
        assert forbidden not in SOURCES[name]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_inline_style_or_script(name: str) -> None:
    text = PAGES[name]
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("name", SOURCES)
def test_a_macro_takes_five_arguments_at_most(name: str) -> None:
    for macro, arguments in re.findall(r"{% macro (\w+)\(([^)]*)\)", SOURCES[name]):
        assert len([part for part in arguments.split(",") if part.strip()]) <= 5, macro


@pytest.mark.parametrize("name", SOURCES)
def test_a_template_imports_only_what_it_uses(name: str) -> None:
    text = SOURCES[name]
    for line, names in re.findall(r"({% from \S+ import ([^%]+) %})", text):
        for macro in names.split(","):
            assert re.search(rf"\b{macro.strip()}\(", text.replace(line, "")), macro


@pytest.mark.parametrize("name", SHEETS)
def test_a_style_sheet_stays_small(name: str) -> None:
    assert len(SHEETS[name].encode()) <= 30_000


def test_every_class_of_the_style_sheets_is_used_and_the_other_way_round() -> None:
    styled = set(re.findall(r"\.([a-z][a-z-]*)(?![\w%(]*\()", _selectors(STYLES)))
    used = {
        name
        for text in PAGES.values()
        for value in re.findall(r'class="([^"]*)"', text)
        for name in re.sub(r"{%.*?%}|{{.*?}}", " ", value).split()
    }
    used |= {"done", "failed", "way"}  # values
    used |= {"discount", "plan", "insurance", "paid", "later", "placed", "owe"}
    assert styled - used == set()
    assert used - styled - {"scripted"} == set()


def test_every_icon_is_drawn_and_every_drawing_is_used() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    text = "\n".join(PAGES.values())
    used = set(re.findall(r'icon\("([a-z]+)"\)', text)) | {"mark"}
    used |= {name for name in drawn if re.search(rf'"{name}"', text)}
    assert used - drawn == set()
    assert drawn - used == set()


def test_the_script_is_small_and_calls_nobody_else() -> None:
    script = (STATIC / "portal.js").read_text(encoding="utf-8")
    assert len(script) < 4_000
    assert "http" not in script


def _selectors(styles: str) -> str:
    without_comments = re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    return " ".join(re.findall(r"([^{};]+){", without_comments))

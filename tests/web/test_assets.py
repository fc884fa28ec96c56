"""Static files: hashed, compressed, small, and the same however often they are built."""

import gzip
import io
import re
import struct
from pathlib import Path

import brotli
import flask_babel
import pytest
from flask import Flask
from flask.testing import FlaskClient
from fontTools.ttLib import TTFont

from portal.web.assets import build_assets, load_assets
from tests.web.rendering import asset_url, render_page
from tests.web.samples import SAMPLES

STYLES = (Path(__file__).parents[2] / "static" / "portal.css").read_text(encoding="utf-8")
PAGE_WEIGHT_MAX = 60_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_assets(tmp_path_factory.mktemp("static") / "built")


def test_building_again_changes_nothing(built: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in built.iterdir()}
    build_assets(built)
    assert {path.name: path.stat().st_mtime_ns for path in built.iterdir()} == before


def test_the_same_sources_give_the_same_files(built: Path, tmp_path: Path) -> None:
    again = build_assets(tmp_path)
    assert {path.name: path.read_bytes() for path in built.iterdir()} == {
        path.name: path.read_bytes() for path in again.iterdir()
    }


def test_what_is_left_from_an_earlier_build_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "portal.0123456789ab.css").write_text("old")
    build_assets(tmp_path)
    assert not (tmp_path / "portal.0123456789ab.css").exists()


def test_the_style_sheet_names_built_files_only(built: Path) -> None:
    (styles,) = built.glob("portal.*.css")
    names = re.findall(r'url\("([^"]+)"\)', styles.read_text(encoding="utf-8"))
    assert len(names) == 2
    assert all((built / name).exists() for name in names)


@pytest.mark.parametrize("size", [192, 512])
def test_the_icon_of_the_home_screen_is_drawn_in_its_size(built: Path, size: int) -> None:
    assets = load_assets(built)
    asset = assets.find(assets.url(f"icon-{size}.png").removeprefix("/static/"))
    assert asset is not None
    assert asset.content_type == "image/png"
    assert struct.unpack(">II", asset.bodies[""][16:24]) == (size, size)


@pytest.mark.parametrize("name", ["portal.css", "desk.css", "icons.svg", "portal.js", "icon.svg"])
def test_each_encoding_holds_the_same_file(built: Path, name: str) -> None:
    assets = load_assets(built)
    asset = assets.find(assets.url(name).removeprefix("/static/"))
    assert asset is not None
    assert gzip.decompress(asset.bodies["gzip"]) == asset.bodies[""]
    assert brotli.decompress(asset.bodies["br"]) == asset.bodies[""]


def test_a_name_that_was_not_built_is_an_error_at_once(built: Path) -> None:
    with pytest.raises(KeyError):
        load_assets(built).url("missing.css")


def code_points(path: Path) -> set[int]:
    return set(TTFont(io.BytesIO(path.read_bytes())).getBestCmap())


def ranges_in_the_style_sheet() -> list[set[int]]:
    found = []
    for line in re.findall(r"unicode-range: ([^;]+);", STYLES):
        points: set[int] = set()
        for part in line.removeprefix("U+").split(", U+"):
            first, _, last = part.partition("-")
            points |= set(range(int(first, 16), int(last or first, 16) + 1))
        found.append(points)
    return found


def test_the_typeface_has_the_letters_of_both_languages_and_of_other_names(built: Path) -> None:
    (latin,) = built.glob("source-sans-3-latin.*.woff2")
    (extended,) = built.glob("source-sans-3-latin-ext.*.woff2")
    letters = "áéíóúüñÑ¿¡ÁÉÍÓÚ“”$·\N{MINUS SIGN}\N{EN DASH}\N{RIGHT SINGLE QUOTATION MARK}"
    assert {ord(letter) for letter in letters} <= code_points(latin)
    assert {ord(letter) for letter in "łŁşğČžőǎ"} <= code_points(extended)
    assert latin.stat().st_size < 25_000


def test_the_style_sheet_asks_for_the_letters_the_files_hold(built: Path) -> None:
    asked_latin, asked_extended = ranges_in_the_style_sheet()
    (latin,) = built.glob("source-sans-3-latin.*.woff2")
    (extended,) = built.glob("source-sans-3-latin-ext.*.woff2")
    assert code_points(latin) <= asked_latin
    assert code_points(extended) <= asked_extended
    assert not asked_latin & asked_extended


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("", None), ("br;q=0, gzip", "gzip")],
)
def test_the_browser_gets_an_encoding_it_knows(
    browser: FlaskClient, web: Flask, accepts: str, encoding: str | None
) -> None:
    with web.app_context():
        path = asset_url("portal.css")
    answer = browser.get(path, headers={"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["portal.css", "manifest.json", "../portal.css", "x.css"])
def test_only_built_names_are_served(browser: FlaskClient, name: str) -> None:
    assert browser.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_weighs_less_than_sixty_kilobytes_in_all(drawing: Flask, name: str) -> None:
    browser = drawing.test_client()
    with drawing.test_request_context("/page"), flask_babel.force_locale("es"):
        text = render_page(name)
        addresses = set(re.findall(r'"(/static/[^"#]+)', text))
        assert asset_url("portal.css") in addresses
    weight = len(gzip.compress(text.encode(), 6))
    for address in addresses:
        weight += len(browser.get(address, headers={"Accept-Encoding": "gzip"}).data)
    assert weight < PAGE_WEIGHT_MAX

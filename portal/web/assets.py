"""Static files: built once under names that hold their hash, kept in memory, cached for ever.

The typeface is not in git: it is cut from its pip package when the files are built, into one file
for the letters of English and Spanish and one for the rest of Latin, which browsers fetch only when
a page needs it.
"""

import gzip
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import brotli
import fontpkg_source_sans_3
from flask import Flask, Response, abort, current_app, request
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from portal.web.app_icon import app_icon

STATIC_PREFIX = "/static/"
_STATIC = Path(__file__).parents[2] / "static"
BUILT = _STATIC / "built"
_MANIFEST = "manifest.json"
_SOURCES = ("icons.svg", "icon.svg", "portal.js", "passkeys.js", "portal.css", "desk.css")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}  # best first
_HASH_LENGTH = 12
_EXTENSION = "portal.assets"
_FOREVER = "public, max-age=31536000, immutable"

_ICON_SIZES = (192, 512)  # of the app's icon on a home screen, in pixels; cut from icon.svg

_FONT_FILE = "SourceSans3[wght].ttf"
_FONT_FEATURES = ("ccmp", "kern", "lnum", "locl", "mark", "tnum")
_FONT_WEIGHTS = (400, 400, 700)
_PUNCTUATION = (0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2212)
_FONTS = {  # the ranges stand in portal.css too, as unicode-range
    "source-sans-3-latin.woff2": (*range(0x20, 0x7F), *range(0xA0, 0x100), *_PUNCTUATION),
    "source-sans-3-latin-ext.woff2": (*range(0x100, 0x250), *range(0x1E00, 0x1F00)),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file and its compressed twins, ready to be sent."""

    file_name: str
    content_type: str
    bodies: dict[str, bytes]  # by content encoding; "" is the file itself


class Assets:
    """The built files by the name a template uses."""

    def __init__(self, by_name: dict[str, Asset]) -> None:
        self._by_name = by_name
        self._by_file_name = {asset.file_name: asset for asset in by_name.values()}

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError for a name that was not built."""
        return STATIC_PREFIX + self._by_name[name].file_name

    def find(self, file_name: str) -> Asset | None:
        """The file behind an address, None when there is none."""
        return self._by_file_name.get(file_name)


def serve_assets(app: Flask) -> None:
    """Build what is missing, and give templates ``asset_url`` and browsers the files."""
    assets = load_assets(build_assets())
    app.jinja_env.globals["asset_url"] = assets.url
    app.extensions[_EXTENSION] = assets

    def send(file_name: str) -> Response:
        asset = assets.find(file_name)
        if asset is None:
            abort(404)
        accepted = request.accept_encodings
        encoding = next((name for name in asset.bodies if name and accepted[name] > 0), "")
        response = Response(asset.bodies[encoding], content_type=asset.content_type)
        response.headers["Cache-Control"] = _FOREVER
        if len(asset.bodies) > 1:
            response.vary.add("Accept-Encoding")
        if encoding:
            response.content_encoding = encoding
        return response

    app.add_url_rule(f"{STATIC_PREFIX}<file_name>", "static", send)


def asset_address(name: str) -> str:
    """Where the running app serves a file. Raises KeyError for a name that was not built."""
    assets: Assets = current_app.extensions[_EXTENSION]
    return assets.url(name)


def static_source(name: str) -> str:
    """A source as it is written, before its addresses are hashed."""
    return (_STATIC / name).read_text(encoding="utf-8")


def build_assets(target: Path = BUILT) -> Path:
    """Write the built files and their manifest, unless they are there for these very sources."""
    key = _sources_key()
    manifest = target / _MANIFEST
    if manifest.exists() and json.loads(manifest.read_text(encoding="utf-8"))["key"] == key:
        return target
    target.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    for name, codepoints in _FONTS.items():
        names[name] = _write(target, name, _font(codepoints))
    for name in _SOURCES:
        names[name] = _write(target, name, _with_hashed_urls(static_source(name), names).encode())
    for size in _ICON_SIZES:
        name = f"icon-{size}.png"
        names[name] = _write(target, name, app_icon(size))
    _replace(manifest, json.dumps({"key": key, "files": names}, indent=1).encode())
    _delete_others(target, names.values())
    return target


def load_assets(built: Path) -> Assets:
    """Read the built files into memory: they are few and small."""
    files: dict[str, str] = json.loads((built / _MANIFEST).read_text(encoding="utf-8"))["files"]
    return Assets({name: _load(built / file_name) for name, file_name in files.items()})


def _load(path: Path) -> Asset:
    bodies = {
        encoding: twin.read_bytes()
        for encoding, suffix in _ENCODINGS.items()
        if (twin := path.with_name(path.name + suffix)).exists()
    }
    bodies[""] = path.read_bytes()
    return Asset(path.name, _TYPES[path.suffix], bodies)


def _write(target: Path, name: str, body: bytes) -> str:
    path = Path(name)
    file_name = f"{path.stem}.{hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]}{path.suffix}"
    _replace(target / file_name, body)
    if path.suffix not in (".woff2", ".png"):  # which are compressed already
        _replace(target / f"{file_name}.gz", gzip.compress(body, mtime=0))
        _replace(target / f"{file_name}.br", brotli.compress(body))
    return file_name


def _replace(path: Path, body: bytes) -> None:
    """In one step, since several processes may build at once."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(body)
    part.replace(path)


def _delete_others(target: Path, kept: Iterable[str]) -> None:
    wanted = {_MANIFEST, *(name + suffix for name in kept for suffix in ("", *_ENCODINGS.values()))}
    for path in target.iterdir():
        if path.name not in wanted and path.suffix != ".part":
            path.unlink(missing_ok=True)


def _with_hashed_urls(body: str, names: dict[str, str]) -> str:
    return re.sub(r'url\("([^"/:]+)"\)', lambda match: f'url("{names[match.group(1)]}")', body)


@cache
def _sources_key() -> str:
    """Changes when a source, the typeface, a library that cuts it, or this file changes."""
    digest = hashlib.sha256(version("fontpkg-source-sans-3").encode())
    digest.update(f"{version('fonttools')} {version('brotli')} {version('typst')}".encode())
    for path in (*(_STATIC / name for name in _SOURCES), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _font(codepoints: Iterable[int]) -> bytes:
    font = TTFont(fontpkg_source_sans_3.ROOT / "files" / _FONT_FILE, recalcTimestamp=False)
    options = subset.Options(layout_features=list(_FONT_FEATURES), hinting=False, name_IDs=[1, 2])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codepoints)
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": _FONT_WEIGHTS})
    font.flavor = "woff2"
    body = io.BytesIO()
    font.save(body)
    return body.getvalue()

"""`portal demo pages`: every page of the demo, walked by the way in that it names."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from portal.config import Environment, Settings
from portal.db import Database
from portal.demo.doors import Door, make_door, use_door
from portal.demo.load import load
from portal.demo.pages import DemoPage, demo_pages
from portal.demo.web import demo_app
from portal.embedded_postgres import EmbeddedPostgres
from portal.runtime import Runtime
from tests.conftest import fresh_database

BASE = "http://127.0.0.1"
SAMPLE = 6
ROLES = {"anyone", "front_desk", "poster", "collections", "manager", "patient A-20411"}


@pytest.fixture(scope="module")
def demo(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with fresh_database(postgres, of=__name__) as urls:
        settings = Settings.from_environ(
            {
                "PORTAL_ENV": Environment.DEMO.value,
                "PORTAL_HOME": str(tmp_path_factory.mktemp("home")),
                "DATABASE_URL": urls.app,
                "DATABASE_LOADER_URL": urls.loader,
            }
        )
        database = Database(urls.app, loader_url=urls.loader)
        load(Runtime(settings, database), now=datetime.now(UTC))
        app = demo_app(settings, database)
        app.testing = True  # a page that breaks breaks the test
        yield app
        database.close()


@pytest.fixture(scope="module")
def pages(demo: Flask) -> list[DemoPage]:
    return list(demo_pages(demo, demo.extensions["portal"].settings.home))


def test_every_role_has_pages_and_no_path_says_anything(pages: list[DemoPage]) -> None:
    assert {page.role for page in pages} >= ROLES
    for endpoint in ("home.show", "statements.show", "settings.show", "desk.person", "guide.show"):
        assert any(page.state.startswith(endpoint) for page in pages), endpoint
    assert len({(page.role, page.path) for page in pages}) == len(pages)


def test_each_page_opens_by_the_way_in_that_it_names(demo: Flask, pages: list[DemoPage]) -> None:
    for role in {page.role for page in pages}:
        theirs = [page for page in pages if page.role == role]
        client = demo.test_client()
        if theirs[0].sign_in:
            assert client.get(theirs[0].sign_in, base_url=BASE).status_code == 303
        for page in theirs[:SAMPLE]:
            answer = client.get(page.path, base_url=BASE)
            assert (answer.status_code, answer.mimetype) == (200, "text/html"), page


def test_a_way_in_opens_once(demo: Flask, tmp_path: Path) -> None:
    made = make_door(tmp_path, Door("patient", "A-20411"))
    token = made.rpartition("/")[2]
    assert use_door(tmp_path, token) == Door("patient", "A-20411")
    assert use_door(tmp_path, token) is None
    assert use_door(tmp_path, "../doors") is None
    assert demo.test_client().get(made, base_url=BASE).status_code == 404

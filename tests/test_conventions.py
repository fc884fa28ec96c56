"""Rules of the house that no tool checks: policies, the clock, money, where things may stand."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import BigInteger, Float, Numeric

from portal.auth.policies import Policy, admission_of, undeclared_endpoints
from portal.db import Base
from portal.web.logs import FIELDS
from tests.route_list import SNAPSHOT, composed_app, route_list

ROOT = Path(__file__).parent.parent
NEAR_MONEY = (
    "domain",
    "ledger",
    "payments",
    "practice",
    "remittances",
    "statements",
    "sync",
)
# JSON numbers in, whole cents out: what FHIR's amounts are read by.
READS_DECIMALS = {"portal/remittances/fhir/documents.py", "portal/remittances/fhir/values.py"}
# How far two colours stand apart is a ratio: no money is near.
MEASURES_COLOURS = {
    "portal/domain/contrast.py",
    "portal/domain/practice_look.py",
    "portal/practice/branding.py",
}
FOLDERS = {"folder", "home"}
"""What a path begins with: there / joins names."""
# Where a clock may be read: entries. Everything below is told what time it is.
READS_THE_CLOCK = {"portal/app.py", "portal/cli/opening.py"}
BANNED_NAMES = {"common", "helper", "helpers", "manager", "misc", "processor", "util", "utils"}
LEAST_REASON = 15


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the portal, read."""

    path: str
    tree: ast.Module

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 0)}"


def modules(*packages: str) -> Sequence[Module]:
    folders = [ROOT / "portal" / package for package in packages] or [ROOT / "portal"]
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    assert paths
    return [
        Module(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in paths
    ]


def templates() -> Sequence[Path]:
    folders = (ROOT / "templates", ROOT / "portal" / "demo" / "templates")
    return sorted(path for folder in folders for path in folder.rglob("*.html"))


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    with composed_app() as app:
        yield app


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    assert undeclared_endpoints(app) == ()


def test_every_public_route_says_why(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        admission = admission_of(app, rule.endpoint)
        assert admission is not None
        is_public = admission.policy is Policy.PUBLIC
        assert is_public == (len(admission.reason) >= LEAST_REASON), rule.endpoint
        assert (admission.policy is Policy.STAFF) == bool(admission.roles), rule.endpoint


def test_the_routes_are_those_that_were_reviewed(app: Flask) -> None:
    """Renew tests/routes.txt with the command in its head, and look at what changed."""
    assert route_list(app) == SNAPSHOT.read_text(encoding="utf-8")


def test_money_is_never_a_float_or_divided() -> None:
    """Whole cents are split by weight or divided with //, never by /."""
    found = [
        module.at(node)
        for module in modules(*NEAR_MONEY)
        if module.path not in MEASURES_COLOURS
        for node in module.nodes()
        if (isinstance(node, ast.Name) and node.id == "float")
        or (
            isinstance(node, ast.Name)
            and node.id == "Decimal"
            and module.path not in READS_DECIMALS
        )
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or _divides(node)
    ]
    assert found == []


def test_columns_of_money_hold_whole_cents(app: Flask) -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    assert len([column for column in columns if column.name.endswith("_cents")]) > 10
    for column in columns:
        assert not isinstance(column.type, Float | Numeric), column
        if column.name.endswith("_cents"):
            assert isinstance(column.type, BigInteger), column


def test_only_entries_read_the_clock() -> None:
    reading = {
        module.path: module.at(node)
        for module in modules()
        if not module.path.startswith("portal/demo/")
        for node in module.nodes()
        if _reads_the_clock(node)
    }
    assert set(reading) <= READS_THE_CLOCK, reading


def test_whoever_reads_the_clock_names_the_time_zone() -> None:
    naive = [
        module.at(node)
        for module in modules()
        for node in module.nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr in ("utcnow", "utcfromtimestamp", "today")
            or (node.func.attr == "now" and _is_datetime(node.func) and not node.args)
            or (node.func.attr == "fromtimestamp" and len(node.args) + len(node.keywords) < 2)
        )
        and _is_datetime(node.func)
    ]
    assert naive == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    named = [
        path.relative_to(ROOT).as_posix()
        for folder in ("portal", "tests", "templates", "bench")
        for path in (ROOT / folder).rglob("*")
        if BANNED_NAMES & set(re.split(r"[_.]", path.name.lower()))
    ]
    assert named == []


def test_only_the_importer_goes_round_row_level_security() -> None:
    users = {
        module.path.split("/")[1]
        for module in modules()
        for node in module.nodes()
        if isinstance(node, ast.Attribute) and node.attr == "loader_transaction"
    }
    assert users == {"remittances"}


def test_only_the_connectors_to_stripe_know_its_library() -> None:
    users = {module.path for module in modules() for name in _imports(module) if name == "stripe"}
    assert all(path.startswith("portal/connectors/stripe_") for path in users)
    assert "portal/connectors/stripe_gateway.py" in users


def test_only_one_module_commits_and_says_who_asks() -> None:
    users = {
        module.path
        for module in modules()
        if not module.path.startswith("portal/demo/stripe_simulator/")
        for node in module.nodes()
        if (isinstance(node, ast.Attribute) and node.attr == "commit")
        or (isinstance(node, ast.Constant) and "SET LOCAL app." in str(node.value))
    }
    assert users == {"portal/db.py"}


def test_a_log_line_is_a_constant_sentence_with_fields_of_the_list() -> None:
    """Never a model, never words put together: ids and outcomes, each under its name."""
    calls = [(module, node) for module in modules() for node in module.nodes() if _is_log(node)]
    assert len(calls) > 3
    for module, call in calls:
        assert isinstance(call, ast.Call)
        sentence, *more = call.args
        assert isinstance(sentence, ast.Constant), module.at(call)
        assert isinstance(sentence.value, str), module.at(call)
        assert not re.search(r"\d", sentence.value), module.at(call)
        for keyword in call.keywords:
            assert keyword.arg in FIELDS | {"exc_info"}, module.at(call)
        for value in (*more, *(keyword.value for keyword in call.keywords)):
            assert not _puts_words_together(value), module.at(call)
            assert not (isinstance(value, ast.Name) and value.id in _model_names()), module.at(call)


def test_templates_trust_nothing_and_load_nothing_foreign() -> None:
    for path in templates():
        text = path.read_text(encoding="utf-8")
        for pattern in (
            r"\|\s*safe\b",
            r"autoescape\s+false",
            r"\sstyle=",
            r"\son[a-z]+=",
            r"<script(?![^>]*\ssrc=)",
            r"""(?:src|href|action)=["'](?:https?:)?//""",
        ):
            assert not re.search(pattern, text), f"{path.name}: {pattern}"


def test_every_form_that_changes_something_carries_the_token() -> None:
    forms = [
        (path.name, form)
        for path in templates()
        for form in re.findall(r"<form\b.*?</form>", path.read_text(encoding="utf-8"), re.DOTALL)
        if 'method="post"' in form
    ]
    assert len(forms) > 10
    assert [name for name, form in forms if "form_token()" not in form] == []


def _divides(node: ast.AST) -> bool:
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Div)
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and not _begins_with_a_folder(node)
    )


def _begins_with_a_folder(node: ast.expr) -> bool:
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        node = node.left
    return isinstance(node, ast.Name) and node.id in FOLDERS


def _reads_the_clock(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr in ("now", "today", "utcnow"):
        return _is_datetime(node.func)
    is_time = isinstance(node.func.value, ast.Name) and node.func.value.id == "time"
    return is_time and node.func.attr in ("time", "localtime", "gmtime")


def _is_datetime(node: ast.Attribute) -> bool:
    return ast.unparse(node.value) in ("datetime", "date", "datetime.datetime", "datetime.date")


def _imports(module: Module) -> Iterator[str]:
    for node in module.nodes():
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def _is_log(node: ast.AST) -> bool:
    levels = ("debug", "info", "warning", "error", "exception", "critical")
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in levels
        and ast.unparse(node.func.value).split(".")[-1] in ("log", "logger", "logging")
    )


def _puts_words_together(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.JoinedStr | ast.Mod)
        or (isinstance(part, ast.Call) and ast.unparse(part.func) in ("repr", "vars", "format"))
        or (isinstance(part, ast.Attribute) and part.attr in ("format", "__dict__"))
        for part in ast.walk(node)
    )


def _model_names() -> set[str]:
    """What a variable that holds a row would be called."""
    names = {mapper.class_.__name__.removesuffix("Row") for mapper in Base.registry.mappers}
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in names}

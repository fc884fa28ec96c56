"""Nobody reads what was done at a visit that is not theirs to see; all amounts stay to the cent."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import product
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.auth.policies import Policy, admission_of
from portal.db import PrincipalKind
from portal.domain.cases import CaseKind
from portal.embedded_postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.contracts.stripe_wire import StripeWire
from tests.journeys.household import Household, made_household, words_of
from tests.journeys.with_an_account import PASSWORD, mailed_tokens, make_account
from tests.journeys.world import Visitor

_OPEN = (Policy.STATEMENT_LINK, Policy.ACCOUNT, Policy.COPIES, Policy.HOLDER)
_TAG = re.compile(r"<[^>]+>")
_AMOUNT = re.compile(r"\N{MINUS SIGN}?\$[\d,]+\.\d\d")


@pytest.fixture(scope="module")
def household(
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    shared_stripe_wire: StripeWire,
) -> Iterator[Household]:
    shared_stripe_wire.start_afresh()
    home = tmp_path_factory.mktemp("home")
    with (
        fresh_database(postgres, of=__name__) as urls,
        made_household(urls, home, shared_stripe_wire) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def read_by_ana(household: Household) -> list[tuple[str, str]]:
    """All that whoever pays can open, before anybody has let her see more."""
    return list(reachable(household, household.opens("Ana")))


def text_of(answer: TestResponse) -> str:
    """What a person reads, and what stands in the page or the file beside it."""
    if answer.mimetype == "application/zip":
        with ZipFile(io.BytesIO(answer.data)) as kept:
            return "\n".join(_text(kept.read(name), name) for name in kept.namelist())
    name = "page.pdf" if answer.mimetype == "application/pdf" else "page"
    return _text(answer.data, name)


def _text(content: bytes, name: str) -> str:
    if name.endswith(".pdf"):
        pages = PdfReader(io.BytesIO(content)).pages
        return "\n".join(page.extract_text() for page in pages)
    return content.decode(errors="ignore")


def reachable(household: Household, visitor: Visitor) -> Iterator[tuple[str, str]]:
    """Every page, paper and file that a link opens, by address."""
    adapter = household.app.url_map.bind("localhost")
    for rule in household.app.url_map.iter_rules():
        admission = admission_of(household.app, rule.endpoint)
        if admission is None or admission.policy not in _OPEN or "GET" not in (rule.methods or ()):
            continue
        for values in _values(rule, household):
            path = adapter.build(rule.endpoint, values, method="GET")
            answer = visitor.get(path)
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, path
            yield path, text_of(answer)


def _values(rule: Rule, household: Household) -> Iterator[dict[str, object]]:
    """Everything of Ana's that an address may name, in every pairing."""
    objects: Mapping[str, Sequence[object]] = {
        **household.objects,
        "kind": tuple(CaseKind),
        "number": (1, 2),
        "version": (1,),
        "year": (household.clock.now.year,),
    }
    names = sorted(rule.arguments)
    for chosen in product(*(objects.get(name, ()) for name in names)):
        yield dict(zip(names, chosen, strict=True))


def told_of(names: Iterable[str], pages: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of their words stand on which pages."""
    words = [word for name in names for word in words_of(name)]
    return [(path, word) for path, text in pages for word in words if word in text]


def test_whoever_pays_reads_nothing_of_anothers_visit_anywhere(
    read_by_ana: list[tuple[str, str]],
) -> None:
    assert len([path for path, text in read_by_ana if "Luis" in text]) > 8
    assert told_of(("Luis", "Mia", "Sam"), read_by_ana) == []


def test_no_day_of_a_grouped_visit_is_told(
    household: Household, read_by_ana: list[tuple[str, str]]
) -> None:
    days = [household.days[name].isoformat() for name in ("Luis", "Mia", "Sam")]
    assert [(path, day) for path, text in read_by_ana for day in days if day in text] == []


def test_whoever_pays_reads_their_own(read_by_ana: list[tuple[str, str]]) -> None:
    assert {word for _, word in told_of(("Ana",), read_by_ana)} == set(words_of("Ana"))


@pytest.mark.parametrize("name", ["Luis", "Sam"])
def test_an_adult_reads_their_own_and_nobody_elses(household: Household, name: str) -> None:
    pages = list(reachable(household, household.opens(name)))
    others = {"Ana", "Luis", "Mia", "Sam"} - {name}
    assert told_of(others, pages) == []
    assert set(words_of(name)) <= {word for _, word in told_of((name,), pages)}


def pays_only(household: Household) -> Visitor:
    """Whom Ana has let pay her bills, and not see what for; signed in."""
    make_account(household.opens("Ana").post, household.database, household.practice_id)
    mailed = mailed_tokens(household.database, household.practice_id, clock=household.clock)
    client = household.app.test_client()
    visitor = Visitor("pays only", client, PrincipalKind.PATIENT, household.practice_id)
    accepted = visitor.post(f"/invited/{mailed['accounts.invited']}", {"password": PASSWORD})
    assert accepted.location == "/home"
    return visitor


def test_whoever_was_let_pay_reads_sums_and_keeps_no_copies(household: Household) -> None:
    visitor = pays_only(household)
    pages = dict(reachable(household, visitor))
    assert told_of(household.patients, pages.items()) == []
    days = [day.isoformat() for day in household.days.values()]
    assert [(path, day) for path, text in pages.items() for day in days if day in text] == []
    found = visitor.post("/activity", {"words": words_of("Ana")[0]})
    assert "Nothing here fits" in found.text
    for path in ("/account", "/account.zip"):
        assert visitor.get(path).status_code == HTTPStatus.FORBIDDEN
    year = household.clock.now.year
    ana = household.opens("Ana")
    for path in ("/home", "/activity", f"/summary/{year}"):
        assert pages[path].count("$") > 1
        assert sums_on(pages[path]) <= sums_on(ana.get(path).text)


def sums_on(page: str) -> set[str]:
    return set(_AMOUNT.findall(_TAG.sub("", page)))


def test_what_is_kept_private_takes_more_than_a_date_of_birth(household: Household) -> None:
    typed = list(reachable(household, household.opens("Mia")))
    assert told_of(("Ana", "Luis", "Mia", "Sam"), typed) == []
    apart = list(reachable(household, household.opens("Mia", apart=True)))
    assert {word for _, word in told_of(("Mia",), apart)} == set(words_of("Mia"))
    assert told_of(("Ana", "Luis", "Sam"), apart) == []


def test_the_amounts_are_the_same_for_everybody(household: Household) -> None:
    path = f"/statements/{household.statement_id}"
    seen = {name: household.opens(name).get(path).text for name in household.patients}
    firsts = {name: _AMOUNT.findall(_TAG.sub("", text))[0] for name, text in seen.items()}
    sums = {
        name: text.partition('id="why"')[2].partition('class="visits"')[0]
        for name, text in seen.items()
    }
    assert len(set(firsts.values())) == 1
    owed = {name: _AMOUNT.findall(_TAG.sub("", text))[-1] for name, text in sums.items()}
    assert len(set(owed.values())) == 1


def test_a_yes_counts_at_once_and_so_does_a_no(household: Household) -> None:
    ana_path = f"/statements/{household.statement_id}"
    luis, ana = household.opens("Luis"), household.opens("Ana")
    assert told_of(("Luis",), [(ana_path, ana.get(ana_path).text)]) == []
    assert luis.post("/who-may-see/allow", {}).location == "/who-may-see"
    assert told_of(("Luis",), [(ana_path, ana.get(ana_path).text)]) != []
    assert told_of(("Mia", "Sam"), [(ana_path, ana.get(ana_path).text)]) == []
    assert luis.post("/who-may-see/stop", {}).location == "/who-may-see"
    assert told_of(("Luis",), [(ana_path, ana.get(ana_path).text)]) == []


@pytest.mark.parametrize("name", ["Ana", "Mia"])
def test_nobody_says_yes_for_somebody_else_and_no_child_says_it(
    household: Household, name: str
) -> None:
    answer = household.opens(name).post("/who-may-see/allow", {})
    assert answer.status_code == HTTPStatus.NOT_FOUND
    path = f"/statements/{household.statement_id}"
    text = household.opens("Ana").get(path).text
    assert told_of(("Luis", "Mia", "Sam"), [(path, text)]) == []


def test_the_page_of_who_may_see_says_whose_and_why(household: Household) -> None:
    text = household.opens("Ana").get("/who-may-see").text
    assert "Luis is an adult and chooses who sees what the visits were for." in text
    text = household.opens("Luis").get("/who-may-see").text
    assert "Ana does not see what your visits were for" in text
    assert "Let Ana see my visits" in text
    text = household.opens("Mia").get("/who-may-see").text
    assert "Until you are 18" in text

"""Statements as PDF: on one core and in two spawned processes, and the memory of one that goes on.

Of made-up statements, each with words and figures of its own, tagged as everywhere. Aim: memory is
flat from the first hundred on.
"""

import argparse
import os
import resource
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from typing import Final, cast

from flask import Flask
from flask_babel import force_locale

from bench.measuring import print_result
from portal.connectors.pdf import Paper, print_paper
from portal.domain.paper_aging import Aging
from portal.statements.page import StatementPage
from portal.statements.papers.reading import PaperFacts
from portal.statements.papers.statement import Layout, statement_paper
from portal.web import i18n
from tests.web.sample_patient_views import ANA_STATEMENT

PAPERS: Final = 5_000
IN_EACH: Final = 400
MADE_AT: Final = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
_WARMED: Final = 100
_KIBIBYTES: Final = 1024


def main() -> None:
    """Print one line of figures for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=PAPERS)
    parser.add_argument("--in-each", type=int, default=IN_EACH)
    given = parser.parse_args()
    papers = made_papers(max(given.papers, given.in_each))
    one = _per_second(papers[: given.in_each], processes=1)
    two = _per_second(papers[: given.in_each], processes=2)
    with _processes(1) as pool:
        warm, end = pool.submit(memory_of, papers[: given.papers]).result()
    print_result(
        "papers",
        {
            "statements_a_second": round(one, 1),
            "statements_a_second_in_two_processes": round(two, 1),
            "ratio": round(two / one, 2),
            "papers": given.papers,
            "mb_after_100": warm,
            "mb_at_the_end": end,
            "memory_ratio": round(end / warm, 2),
        },
    )


def made_papers(count: int) -> list[Paper]:
    """Ana's statement under other numbers and amounts."""
    app = Flask(__name__)
    i18n.speak(app, secure_cookies=False)
    page = cast("StatementPage", ANA_STATEMENT)
    layout = Layout("https://pay.riverbend.example")
    address = ("Ana Reyes", "1180 Prairie View Road", "Easton, OR 97399")
    papers = []
    with app.test_request_context(), force_locale("en"):
        for number in range(count):
            document = replace(page.document, number=str(10_000 + number))
            due_cents = page.due_now_cents + number
            facts = PaperFacts(address, aging=Aging((due_cents, 0, 0, 0, 0)))
            own = replace(page, document=document, due_now_cents=due_cents)
            papers.append(statement_paper(own, facts, layout))
    return papers


def memory_of(papers: Sequence[Paper]) -> tuple[int, int]:
    """Peak MB after the first hundred, and after all; in a process of its own."""
    warm = 0
    for place, paper in enumerate(papers, start=1):
        print_paper(paper, made_at=MADE_AT)
        if place == min(_WARMED, len(papers)):
            warm = _peak_mb()
    return warm, _peak_mb()


def _per_second(papers: Sequence[Paper], *, processes: int) -> float:
    """Once the processes stand and have printed one each."""
    with _processes(processes) as pool:
        for _ in pool.map(_print_one, papers[: 2 * processes]):
            pass
        began = time.perf_counter()
        for _ in pool.map(_print_one, papers, chunksize=8):
            pass
        return len(papers) / (time.perf_counter() - began)


_print_one = partial(print_paper, made_at=MADE_AT)


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor]:
    os.environ["RAYON_NUM_THREADS"] = "1"  # typst's own threads: one core a process
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield pool


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIBIBYTES


if __name__ == "__main__":
    main()

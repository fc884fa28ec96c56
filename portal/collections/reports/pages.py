"""The report as a page and as a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from portal.audit.record import record
from portal.collections.reports.chart import Chart, chart
from portal.collections.reports.figures import Figures, read_figures
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal
from portal.domain.money import format_plain
from portal.practice.contact import practice_contact

_COLUMNS: Final = ("figure", "week_of", "amount", "part", "whole")


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The figures, and their two charts."""

    figures: Figures
    past: Chart
    to_come: Chart


def report_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> ReportPage:
    """With a row in the audit log, though nobody is named."""
    figures = _figures(database, principal, now=now, request_id=request_id)
    return ReportPage(
        figures,
        chart([(one.monday, one.due_cents, one.collected_cents) for one in figures.weeks]),
        chart([(one.monday, one.scheduled_cents, one.expected_cents) for one in figures.to_come]),
    )


def report_csv(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> bytes:
    """Every figure of the page."""
    figures = _figures(database, principal, now=now, request_id=request_id)
    rates = figures.rates
    shares = (
        ("adoption", rates.adoption),
        ("on_time", rates.on_time),
        ("cure", rates.cure),
        ("default", rates.default),
    )
    rows = [(name, "", "", str(one.part), str(one.whole)) for name, one in shares]
    rows.append(("live_plans", "", "", str(figures.live_plans), ""))
    for week in figures.weeks:
        monday = week.monday.isoformat()
        rows.append(("due", monday, format_plain(week.due_cents), "", ""))
        rows.append(("collected", monday, format_plain(week.collected_cents), "", ""))
    for coming in figures.to_come:
        monday = coming.monday.isoformat()
        rows.append(("scheduled", monday, format_plain(coming.scheduled_cents), "", ""))
        rows.append(("expected", monday, format_plain(coming.expected_cents), "", ""))
    return written([_COLUMNS, *rows])


def _figures(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> Figures:
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="plan_report",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        zone = ZoneInfo(practice_contact(session).time_zone)
        return read_figures(session, now=now, zone=zone)

"""What the ledger holds: claims, statements, the check, and the words for reasons."""

import sys
from datetime import datetime

import click

from portal.cli.opening import now, runtime
from portal.cli.output import CHECK_FAILED, as_json, show
from portal.domain.reasons.catalogue import reason_listings
from portal.jobs.ledger_check import check_ledger
from portal.practice.directory import the_practice
from portal.remittances.claims.listing import claims_list as list_claims
from portal.statements.service import FutureDayError, issue_statements


@click.group()
def claims() -> None:
    """Claims and who owes what of them."""


@claims.command("list")
@click.option("--practice", "slug")
@as_json
def claims_list(*, slug: str | None, json_lines: bool) -> None:
    """One object a claim."""
    with runtime() as opened:
        for claim in list_claims(opened.database, the_practice(opened.database, slug)):
            if json_lines:
                show(claim.as_json(), json_lines=True)
            else:
                click.echo("  ".join(f"{name} {value}" for name, value in claim.as_json().items()))


@click.group()
def reasons() -> None:
    """Why a patient owes, in plain words."""


@reasons.command("list")
@as_json
def reasons_list(*, json_lines: bool) -> None:
    """Every reason we have words for."""
    for reason in reason_listings():
        show(
            {
                "list": reason.code_list,
                "code": reason.code,
                "group": reason.group,
                "owed": reason.owed,
                "en": reason.en,
                "es": reason.es,
            },
            json_lines=json_lines,
        )


@click.group()
def statements() -> None:
    """Statements."""


@statements.command("issue")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Default: today.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--practice", "slug")
@as_json
def statements_issue(
    *, as_of: datetime | None, dry_run: bool, slug: str | None, json_lines: bool
) -> None:
    """Freeze what each guarantor owes into a statement. The same day again issues nothing."""
    moment = now()
    with runtime(FutureDayError) as opened:
        practice = the_practice(opened.database, slug)
        report = issue_statements(
            opened.database,
            practice.practice_id,
            as_of=as_of.date() if as_of else practice.today(moment),
            now=moment,
            dry_run=dry_run,
        )
    show(report.as_json(), json_lines=json_lines)


@click.group()
def ledger() -> None:
    """The books."""


@ledger.command("check")
@as_json
def ledger_check(*, json_lines: bool) -> None:
    """Examine the books; exit 1 when anything is off."""
    with runtime() as opened:
        checked = check_ledger(opened.database)
    facts = checked.as_json()
    if not json_lines:
        facts["findings"] = "".join(
            f"\n  {practice.slug}: {finding.check}: {finding.message}"
            for practice, finding in checked.findings
        )
    show(facts, json_lines=json_lines)
    if not checked.ok:
        sys.exit(CHECK_FAILED)

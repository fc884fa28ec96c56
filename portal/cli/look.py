"""`portal practice show` and `apply`: how a practice looks and what its pages say, as a file."""

from dataclasses import replace
from pathlib import Path

import click

from portal.cli.opening import now, runtime
from portal.cli.output import stop
from portal.db import Principal
from portal.practice.branding import (
    SetupChangedError,
    SetupFinding,
    SetupProblem,
    SetupRefusedError,
    add_logo,
    keep_setup,
    read_setup,
    setup_findings,
)
from portal.practice.directory import the_practice
from portal.practice.logos import LogoRefusedError
from portal.practice.setup_file import (
    SetupFile,
    SetupFileError,
    read_setup_file,
    write_setup_file,
)
from portal.runtime import Runtime

_BY = "portal practice apply"
_WORDS = {
    SetupProblem.NOT_A_COLOUR: "must be a colour like #05566e",
    SetupProblem.EMPTY: "must not be empty",
    SetupProblem.CORNER: "must be 0 to 16 pixels",
    SetupProblem.NOT_HTTPS: "must begin with https://",
    SetupProblem.UNKNOWN_LANGUAGE: "names a language that has no notice",
    SetupProblem.TOO_FEW_LANGUAGES: "needs at least 15 besides English (45 CFR 92.11)",
    SetupProblem.TOO_LONG: "is too long",
    SetupProblem.NOT_ONE_LINE: "must be one line of text",
    SetupProblem.NOT_TEXT: "holds signs that cannot be shown",
}


@click.command("show")
@click.option("--practice", "slug")
def practice_show(slug: str | None) -> None:
    """Print the settings as a file that `portal practice apply` reads."""
    with runtime() as opened:
        practice = the_practice(opened.database, slug)
        job = Principal.job(practice.practice_id, role="practice show")
        with opened.database.transaction(job) as session:
            _, setup = read_setup(session)
    click.echo(write_setup_file(setup), nl=False)


@click.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--practice", "slug")
@click.option("--dry-run", is_flag=True, help="Only check.")
def practice_apply(file: Path, *, slug: str | None, dry_run: bool) -> None:
    """Make the settings of a file count, as a new version; exit 2 when one is refused."""
    with runtime() as opened:
        try:
            version = _apply(opened, file, slug, dry_run=dry_run)
        except SetupRefusedError as refused:
            stop("\n".join(_said(finding) for finding in refused.findings))
        except (SetupFileError, LogoRefusedError) as refused:
            stop(str(refused))
        except SetupChangedError:
            stop("Somebody else changed the settings meanwhile. Try again.")
        except UnicodeDecodeError:
            stop(f"{file} is not UTF-8.")
        except OSError as error:
            stop(f"{error.filename or file} cannot be read: {error.strerror}.")
    click.echo("The settings can be used." if dry_run else f"Version {version} counts from now on.")


def _apply(opened: Runtime, file: Path, slug: str | None, *, dry_run: bool) -> int:
    practice, moment = the_practice(opened.database, slug), now()
    job = Principal.job(practice.practice_id, role="practice apply")
    with opened.database.transaction(job) as session:
        version, current = read_setup(session)
        told = read_setup_file(file.read_text(encoding="utf-8"), current=current)
        findings = setup_findings(told.setup)
        if findings:
            raise SetupRefusedError(findings)
        if dry_run:
            return version
        logo_id = current.logo_id
        if told.logo is not None:
            body = _logo(file, told)
            logo_id = str(add_logo(session, body, added_by=_BY, now=moment)) if body else ""
        setup = replace(told.setup, logo_id=logo_id)
        return keep_setup(session, setup, seen=version, made_by=_BY, now=moment)


def _logo(file: Path, told: SetupFile) -> bytes:
    return (file.parent / told.logo).read_bytes() if told.logo else b""


def _said(finding: SetupFinding) -> str:
    if finding.problem is not SetupProblem.CONTRAST:
        return f"{finding.field} {_WORDS[finding.problem]}."
    return (
        f"{finding.field} has a contrast of {finding.has:.1f}:1 on {finding.ground};"
        f" it needs {finding.needs:.1f}:1."
    )

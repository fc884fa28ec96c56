"""The insurance card that somebody sent with a case, put on file as posters would."""

from datetime import date, datetime
from uuid import UUID

from portal.db import Database, Principal
from portal.remittances.claims.work import Act, ImportRunningError
from portal.remittances.coverages import (
    CoverageOverlapsError,
    NewCoverage,
    PatientNotFoundError,
    add_coverage,
)


def take_card(
    database: Database,
    principal: Principal,
    patient_id: UUID,
    *,
    payer_name: str,
    member_identifier: str,
    rank: int,
    starts_on: date | None,
    now: datetime,
    today: date,
    request_id: str,
) -> str:
    """What speaks against it: ``unknown``, ``overlaps``, ``importing``; empty when it is done."""
    new = NewCoverage(
        payer_id=None,
        payer_name=payer_name,
        member_identifier=member_identifier,
        rank=rank,
        starts_on=starts_on,
        ends_on=None,
    )
    try:
        add_coverage(database, principal, patient_id, new, act=Act(now, today, request_id))
    except PatientNotFoundError:
        return "unknown"
    except CoverageOverlapsError:
        return "overlaps"
    except ImportRunningError:
        return "importing"
    return ""

"""Who reads pages of plans: the person who pays, with the statement they came in by."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import abort

from portal.auth.current import current_link, require_account
from portal.db import Principal


@dataclass(frozen=True, slots=True)
class PlanReader:
    """``statement_id``: what the links of a page's frame lead back to."""

    principal: Principal
    guarantor_id: UUID
    statement_id: UUID


def plan_reader() -> PlanReader:
    """As `require_account`; 404 for everybody else."""
    require_account()
    link = current_link()
    if link is None or link.principal.guarantor_id is None:
        abort(HTTPStatus.NOT_FOUND)
    return PlanReader(link.principal, link.principal.guarantor_id, link.statement_id)

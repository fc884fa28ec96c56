"""The pages of cases, all of both blueprints: whoever registers them imports them from here."""

import portal.cases.assistance.routes
import portal.cases.assistance.staff_routes
import portal.cases.routes  # noqa: F401 — imported so that their pages are known
from portal.cases.blueprint import cases
from portal.cases.staff.routes import staff_cases

__all__ = ["cases", "staff_cases"]

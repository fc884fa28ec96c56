"""The rooms of collections, all in one blueprint: whoever registers it imports it from here."""

import portal.collections.agency.routes
import portal.collections.person_routes
import portal.collections.reports.routes
import portal.collections.routes  # noqa: F401 — imported so that their pages are known
from portal.collections.blueprint import collections

__all__ = ["collections"]

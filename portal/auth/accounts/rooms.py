"""The pages of accounts, all in one blueprint: whoever registers it imports it from here."""

import portal.auth.accounts.contact_routes
import portal.auth.accounts.making_routes
import portal.auth.accounts.people_routes
import portal.auth.accounts.security_routes
import portal.auth.accounts.session_routes
import portal.auth.accounts.sign_in_routes  # noqa: F401 — imported so that their pages are known
from portal.auth.accounts.blueprint import accounts

__all__ = ["accounts"]

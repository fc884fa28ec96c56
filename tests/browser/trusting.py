"""The product in a process that believes a test's certificate where Stripe's should be.

Only that is changed: `app` is what production serves, `worker` what production runs.
"""

import os

import stripe

stripe.ca_bundle_path = os.environ["TEST_CERTIFICATE"]

from portal.cli import main  # noqa: E402 - the certificate first
from wsgi import app  # noqa: E402 - the same

__all__ = ["app", "main"]

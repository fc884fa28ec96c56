"""Events as the API lists them, for whoever looks for one that never arrived."""

from typing import Final

from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

KEPT_SECONDS: Final = 30 * 24 * 60 * 60


def listed(work: Workspace, params: Body, _: str) -> Body:
    """Of the last 30 days; with `delivery_success`, those that every endpoint took, or did not.

    A `type` may end in ``.*``, as Stripe's may.
    """
    oldest = work.now - KEPT_SECONDS
    return work.page("event", params, url="/v1/events", oldest=oldest)

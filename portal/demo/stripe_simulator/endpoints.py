"""Webhook endpoints made through the API; those of /_sim/ and the command line are no objects."""

from portal.demo.stripe_simulator.errors import Body, invalid
from portal.demo.stripe_simulator.workspace import Workspace

_SIMULATED = {"api_version", "description", "enabled_events", "metadata", "url"}


def create(work: Workspace, params: Body, _: str) -> Body:
    """The only answer that shows the signing secret."""
    for name in params.keys() - _SIMULATED:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    secret = work.store.new_id("whsec_", length=32)
    endpoint = work.add(
        "webhook_endpoint",
        {"secret": secret},
        **{"metadata": {}, **params},
        status="enabled",
    )
    return {**endpoint, "secret": secret}


def delete(work: Workspace, _params: Body, endpoint_id: str) -> Body:
    work.get("webhook_endpoint", endpoint_id)
    gone = {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}
    work.bury(gone, kind="deleted_webhook_endpoint")
    return gone

"""Customers, as little of them as saved payment methods will hang on."""

from typing import Final

from portal.demo.stripe_simulator.errors import Body, invalid
from portal.demo.stripe_simulator.workspace import Workspace

_TAKEN_OVER: Final = {"description", "email", "metadata", "name", "phone"}


def create(work: Workspace, params: Body, _: str) -> Body:
    for name in params.keys() - _TAKEN_OVER:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    customer = work.add("customer", **{"metadata": {}, **params})
    work.emit("customer.created", customer)
    return customer

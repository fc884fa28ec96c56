"""Products and prices, as little of them as a Checkout Session's line items will hang on."""

from typing import Final

from portal.demo.stripe_simulator.errors import Body, invalid
from portal.demo.stripe_simulator.workspace import Workspace

_OF_PRODUCT: Final = {"description", "metadata", "name"}
_OF_PRICE: Final = {"currency", "metadata", "product", "unit_amount"}


def create_product(work: Workspace, params: Body, _: str) -> Body:
    _check(params, _OF_PRODUCT)
    product = work.add("product", active=True, updated=work.now, **{"metadata": {}, **params})
    work.emit("product.created", product)
    return product


def create_price(work: Workspace, params: Body, _: str) -> Body:
    _check(params, _OF_PRICE)
    for needed in ("product", "unit_amount"):
        if needed not in params:
            raise invalid(
                f"Missing required param: {needed}.", param=needed, code="parameter_missing"
            )
    if params["currency"] != "usd" or params["unit_amount"] < 0:
        raise invalid("Not simulated: another currency, or less than nothing.", param="currency")
    work.get("product", params["product"])
    price = work.add(
        "price",
        active=True,
        billing_scheme="per_unit",
        type="one_time",
        unit_amount_decimal=str(params["unit_amount"]),
        **{"metadata": {}, **params},
    )
    work.emit("price.created", price)
    return price


def _check(params: Body, simulated: set[str]) -> None:
    for name in params.keys() - simulated:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")

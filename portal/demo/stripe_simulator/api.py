"""The /v1 API: who asks, for what, was it asked before, and the answer in Stripe's shape."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Final

from werkzeug.wrappers import Request, Response

from portal.demo.stripe_simulator import (
    deadlines,
    expansion,
    idempotency,
    operations,
    parameters,
    payment_pages,
    shapes,
)
from portal.demo.stripe_simulator.errors import (
    Body,
    StripeError,
    forbidden,
    invalid,
    out_of_order,
    unauthorized,
)
from portal.demo.stripe_simulator.faults import Fault, Faults, PlannedFault
from portal.demo.stripe_simulator.simulation import Simulation

_REFUSALS: Final = {
    Fault.REFUSED_429: (429, "Too many requests."),
    Fault.REFUSED_500: (500, "Something went wrong on our side."),
    Fault.REFUSED_503: (503, "We are not available at the moment."),
}


class AnswerLostError(Exception):
    """The work was done; the connection must end without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request, understood far enough to be executed."""

    request_id: str
    account: str
    key: str | None
    operation: str
    object_id: str
    params: Body
    fault: PlannedFault | None


def answer(simulation: Simulation, faults: Faults, request: Request) -> Response:
    """Raises AnswerLostError when the answer is to get lost."""
    request_id = f"req_{secrets.token_hex(7)}"
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    headers = {"Request-Id": request_id, "Stripe-Version": shapes.api_version()}
    headers.update({"Idempotency-Key": key} if key else {})
    try:
        status, text, kept = _answer(simulation, faults, request, request_id=request_id, key=key)
    except StripeError as error:
        status, text, kept = error.status, _json(error.body), None
        if status == 409:  # noqa: PLR2004 - HTTP
            headers["Stripe-Should-Retry"] = "true"
    simulation.outbox.wake()
    if kept is not None:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
    return Response(text, status, headers, content_type="application/json")


def _answer(
    simulation: Simulation, faults: Faults, request: Request, *, request_id: str, key: str | None
) -> tuple[int, str, idempotency.KeptAnswer | None]:
    account = _who_asks(request)
    if payment_pages.PATH.fullmatch(request.path):
        with simulation.workspace(account=account, request_id=request_id) as work:
            return 200, _json(payment_pages.answer(work, request)), None
    operation, object_id = operations.find(request.method, request.path)
    if key is not None:
        kept = idempotency.claim(
            simulation.store,
            account=account,
            key=key,
            request=idempotency.fingerprint(request.method, request.path, request.get_data()),
            request_id=request_id,
        )
        if kept is not None:
            return kept.status, kept.body, kept
    try:
        call = _Call(
            request_id=request_id,
            account=account,
            key=key,
            operation=operation,
            object_id=object_id,
            params=_params(request, operation),
            fault=faults.take(operation),
        )
        status, text = _execute(simulation, call)
    except BaseException:
        # Nothing began: the key is free again.
        if key is not None:
            idempotency.forget(simulation.store, account=account, key=key)
        raise
    if call.fault is not None and call.fault.fault is Fault.ANSWER_LOST:
        simulation.outbox.wake()
        raise AnswerLostError(operation)
    return status, text, None


def _who_asks(request: Request) -> str:
    """The account, empty for the key's own. Raises StripeError (401) without a test key."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic" and request.authorization is not None:
        key = request.authorization.username or ""
    if not key:
        raise unauthorized("You did not provide an API key.")
    if not key.startswith("sk_test_"):
        raise unauthorized("This is a simulation: only secret test keys (sk_test_…) work here.")
    version = request.headers.get("Stripe-Version", shapes.api_version())
    if version != shapes.api_version():
        raise invalid(f"Only API version {shapes.api_version()} is simulated, not {version}.")
    account: str = request.headers.get("Stripe-Account", "")
    if account and not account.startswith("acct_"):
        raise forbidden(account)
    return account


def _params(request: Request, operation: str) -> Body:
    encoded = request.get_data() if request.method == "POST" else request.query_string
    return parameters.read(encoded.decode(), shapes.parameters(operation))


def _execute(simulation: Simulation, call: _Call) -> tuple[int, str]:
    """Run the operation and keep its answer under the key, in one transaction."""
    fault = call.fault.fault if call.fault else None
    if fault in _REFUSALS:
        raise out_of_order(*_REFUSALS[fault])
    if fault is Fault.LATE and call.fault is not None:
        time.sleep(call.fault.seconds)
    with simulation.workspace(
        account=call.account, request_id=call.request_id, idempotency_key=call.key
    ) as work:
        deadlines.keep(work)
        try:
            params = dict(call.params)
            wished = params.pop("expand", [])
            done = operations.OPERATIONS[call.operation](work, params, call.object_id)
            status, body = 200, expansion.expand(work, done, wished)
        except StripeError as error:
            # A decline is an answer too: what it wrote stays written, and a repeat gets it again.
            if not error.began:
                raise
            status, body = error.status, error.body
        if fault is Fault.DONE_BUT_500:
            status, body = 500, out_of_order(500, "Something went wrong on our side.").body
        text = _json(body)
        if call.key is not None:
            idempotency.keep(
                simulation.store, account=call.account, key=call.key, status=status, body=text
            )
    return status, text


def _json(body: Body) -> str:
    return json.dumps(body, indent=2)

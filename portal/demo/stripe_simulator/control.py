"""/_sim/: what a test or a demo may do to the simulator that nobody may do to Stripe.

    GET  /_sim/health                  is it up
    GET  /_sim/state                   clock, endpoints, webhook behaviour, faults, chaos
    GET  /_sim/deliveries              every webhook delivery: event, url, attempt, state, status
    POST /_sim/webhooks/endpoints      [{url, secret, account?}]: where events go from now on
    POST /_sim/webhooks/behaviour      fields of `webhooks.Behaviour`, and seed
    POST /_sim/webhooks/release        {order: first|last|shuffled, seed?}: send what is held, now;
                                       or {numbers: […]}: these deliveries, in this very order
    POST /_sim/webhooks/held           {after?}: what is held, of deliveries with higher numbers
    POST /_sim/webhooks/resend         {event}: once more, whatever came of it
    POST /_sim/webhooks/wait           {seconds}: until nothing is waiting; {quiet: true|false}
    POST /_sim/faults                  [{fault, operation?, seconds?}]: what befalls the next calls
    POST /_sim/chaos                   {seed, per_mille: {fault: n}, late_seconds?}: any call
    POST /_sim/clock                   {advance_seconds?, stands?}: stopped, it moves only by this
    POST /_sim/settings                {bank_days?, daily_payouts?}
    POST /_sim/authenticate            {intent, confirmed}: what the cardholder tells the bank
    POST /_sim/bank_returns            {charge, code}: R01 …, before settlement or after
    POST /_sim/cards/renew             {payment_method, exp_month?, exp_year?, last4?}
    POST /_sim/disputes                {charge | payment_intent, reason?, inquiry?}: disputed
    POST /_sim/disputes/decide         {dispute, status: won|lost|warning_closed}
    POST /_sim/refunds/fail            {refund, reason?}
    POST /_sim/payouts                 {account?}: all that is available; null when that is nothing
    POST /_sim/payouts/fail            {payout, code?}
    POST /_sim/reset                   forget everything

A POST must be JSON, so that no web page can send one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final

from werkzeug.wrappers import Request, Response

from portal.demo.stripe_simulator import control_money
from portal.demo.stripe_simulator.errors import StripeError, invalid, missing, unrecognized
from portal.demo.stripe_simulator.faults import Chaos, Fault, Faults, PlannedFault
from portal.demo.stripe_simulator.simulation import Simulation
from portal.demo.stripe_simulator.webhooks import Behaviour, Endpoint

PATH: Final = "/_sim/"
_MOST_SECONDS_TO_WAIT: Final = 60


def answer(simulation: Simulation, faults: Faults, request: Request) -> Response:
    route = f"{request.method} {request.path}"
    try:
        if route not in _ACTIONS and route not in control_money.ACTIONS:
            raise unrecognized(request.method, request.path)
        given = _given(request)
        try:
            if route in _ACTIONS:
                done = _ACTIONS[route](simulation, faults, given)
            else:
                done = control_money.ACTIONS[route](simulation, given)
                simulation.outbox.wake()
        except (KeyError, TypeError, ValueError) as error:
            raise invalid(f"Not understood: {error!r}") from error
    except StripeError as error:
        return _json(error.body, error.status)
    return _json(done, 200)


def _given(request: Request) -> Any:
    if request.method == "GET":
        return {}
    if not request.is_json:
        raise invalid("Send JSON, with that content type.")
    given = request.get_json(silent=True)
    if given is None:
        raise invalid("This is no JSON.")
    return given


def _health(_simulation: Simulation, _faults: Faults, _given: Any) -> object:
    return {"ok": True}


def _state(simulation: Simulation, faults: Faults, _given: Any) -> object:
    outbox = simulation.outbox
    return {
        "now": simulation.store.now(),
        "clock_stands": simulation.store.clock_stands,
        "endpoints": [
            {"url": endpoint.url, "account": endpoint.account} for endpoint in outbox.endpoints
        ],
        "behaviour": asdict(outbox.behaviour),
        "faults": [asdict(planned) for planned in faults.planned()],
        "chaos": asdict(faults.chaos),
    }


def _deliveries(simulation: Simulation, _faults: Faults, _given: Any) -> object:
    return {"deliveries": simulation.outbox.log()}


def _set_endpoints(simulation: Simulation, faults: Faults, given: Any) -> object:
    simulation.outbox.endpoints = [Endpoint(**endpoint) for endpoint in given]
    return _state(simulation, faults, {})


def _set_behaviour(simulation: Simulation, faults: Faults, given: Any) -> object:
    given = dict(given)
    if "seed" in given:
        simulation.outbox.seed(str(given.pop("seed")))
    known = {field.name for field in fields(Behaviour)}
    if not given.keys() <= known:
        raise invalid(f"Choose from {', '.join(sorted(known))}.")
    simulation.outbox.behaviour = replace(simulation.outbox.behaviour, **given)
    return _state(simulation, faults, {})


def _release(simulation: Simulation, _faults: Faults, given: Any) -> object:
    if "numbers" in given:
        return {"deliveries": simulation.outbox.release_these(given["numbers"])}
    order, seed = given.get("order", "first"), given.get("seed", 0)
    if order not in {"first", "last", "shuffled"}:
        raise invalid("order is first, last or shuffled.")
    return {"deliveries": simulation.outbox.release(order, seed=seed)}


def _held(simulation: Simulation, _faults: Faults, given: Any) -> object:
    return {"deliveries": simulation.outbox.held(after=int(given.get("after", 0)))}


def _resend(simulation: Simulation, _faults: Faults, given: Any) -> object:
    account = simulation.account_of(given["event"])
    if account is None:
        raise missing("event", given["event"])
    with simulation.workspace(account=account) as work:
        event = work.get("event", given["event"])
    simulation.outbox.send_again(event)
    return {"ok": True}


def _wait(simulation: Simulation, _faults: Faults, given: Any) -> object:
    seconds = min(given.get("seconds", 10), _MOST_SECONDS_TO_WAIT)
    return {"quiet": simulation.outbox.wait_until_quiet(seconds=seconds)}


def _plan_faults(simulation: Simulation, faults: Faults, given: Any) -> object:
    faults.plan([_planned(one) for one in given])
    return _state(simulation, faults, {})


def _planned(given: Mapping[str, Any]) -> PlannedFault:
    return PlannedFault(**{**given, "fault": Fault(given["fault"])})


def _let_loose(simulation: Simulation, faults: Faults, given: Any) -> object:
    per_mille = {Fault(fault): rate for fault, rate in given.get("per_mille", {}).items()}
    faults.let_loose(Chaos(**{**given, "per_mille": per_mille}))
    return _state(simulation, faults, {})


def _move_clock(simulation: Simulation, faults: Faults, given: Any) -> object:
    if "stands" in given:
        (simulation.store.stop_clock if given["stands"] else simulation.store.start_clock)()
    simulation.advance_clock(int(given.get("advance_seconds", 0)))
    return _state(simulation, faults, {})


def _reset(simulation: Simulation, faults: Faults, _given: Any) -> object:
    faults.clear()
    simulation.outbox.reset()
    simulation.store.forget_everything()
    simulation.outbox.wake()
    return _state(simulation, faults, {})


def _json(body: object, status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


_ACTIONS: Final[dict[str, Callable[[Simulation, Faults, Any], object]]] = {
    "GET /_sim/health": _health,
    "GET /_sim/state": _state,
    "GET /_sim/deliveries": _deliveries,
    "POST /_sim/webhooks/endpoints": _set_endpoints,
    "POST /_sim/webhooks/behaviour": _set_behaviour,
    "POST /_sim/webhooks/release": _release,
    "POST /_sim/webhooks/held": _held,
    "POST /_sim/webhooks/resend": _resend,
    "POST /_sim/webhooks/wait": _wait,
    "POST /_sim/faults": _plan_faults,
    "POST /_sim/clock": _move_clock,
    "POST /_sim/chaos": _let_loose,
    "POST /_sim/reset": _reset,
}

"""Where Stripe calls: POST /webhooks/stripe/<slug of the practice>, proven by its signature."""

from http import HTTPStatus

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from portal.auth.policies import Policy, policy
from portal.connectors.payment_gateway import InvalidSignatureError, PaymentGateway
from portal.payments.webhooks import EventHandlers, receive_webhook
from portal.practice.directory import UnknownPracticeError, practice_by_slug
from portal.web.context import portal

webhooks = Blueprint("webhooks", __name__)

_SIGNED = "Stripe calls it without a session: the signature over the body says who it is"
_LIVE = "_live_"


@webhooks.post("/webhooks/stripe/<slug>")
@policy(Policy.PUBLIC, reason=_SIGNED)
def stripe(slug: str) -> Response:
    """200 once its effect is committed. An error answers 500, and Stripe sends it again."""
    here = portal()
    try:
        practice = practice_by_slug(here.database, slug)
    except UnknownPracticeError:
        abort(HTTPStatus.NOT_FOUND)
    try:
        outcome = receive_webhook(
            here.database,
            here.service(PaymentGateway),
            practice,
            raw_body=request.get_data(cache=False),
            signature=request.headers.get("Stripe-Signature", ""),
            livemode=_LIVE in here.settings.stripe_secret_key,
            now=here.clock(),
            handlers=here.service(EventHandlers),
        )
    except InvalidSignatureError:
        abort(HTTPStatus.BAD_REQUEST)
    return Response(outcome.value, HTTPStatus.OK, content_type="text/plain")

"""The jobs as a worker runs them: composed, one for each practice, with the mail they queue."""

import pytest
from flask import Flask

from portal.app import create_app
from portal.connectors.stripe_gateway import StripeGateway
from portal.domain.plans.states import PlanState
from portal.jobs.registry import PRACTICE_JOBS, jobs_of
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import MessageTemplate
from portal.practice.contact import practice_contact
from portal.web.context import portal
from tests.auth.running import settings_for_tests
from tests.plans.living import Living


@pytest.fixture
def app(living: Living, gateway: StripeGateway) -> Flask:
    keeper = living.keeper
    return create_app(
        settings_for_tests(),
        keeper.payer.database,
        clock=lambda: keeper.now,
        stripe=gateway.connection,
    )


def work(app: Flask, living: Living, *names: str) -> None:
    with app.app_context():
        for name in names:
            PRACTICE_JOBS[name].run(portal(), living.keeper.practice_id)


def test_a_worker_announces_charges_and_keeps(living: Living, app: Flask) -> None:
    living.agree(count=1, first_in=6, method_id=living.keeper.save())
    living.keeper.pass_days(1)
    work(app, living, "look_ahead")
    living.keeper.pass_days(5)
    work(app, living, "charge_what_is_due", "keep_paid_plans", "keep_plans")
    assert living.keeper.charged_cents() == 6_000
    assert living.state == PlanState.COMPLETED


@pytest.mark.parametrize(
    "template",
    [
        MessageTemplate.PLAN_DUE_SOON,
        MessageTemplate.PLAN_PAST_DUE,
        MessageTemplate.PLAN_ENDING,
        MessageTemplate.PLAN_ENDED,
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_its_mail_has_a_job_and_words_that_name_nobody(
    living: Living, app: Flask, template: MessageTemplate, language: str
) -> None:
    assert f"send_{template.value}" in jobs_of(app)
    practice = living.keeper.payer.read(practice_contact)
    with app.app_context():
        words = TemplateRenderer().render(
            template, language=language, practice=practice, link="https://example.com/l/1"
        )
    for text in (words.text, words.html):
        assert "https://example.com/l/1" in text
        assert practice.phone in text
        assert "Ana" not in text
        assert "$" not in text
    assert practice.sender_name in words.subject

"""The composition: settings and database in, a Flask app with every feature out. Nothing else."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import portal.auth.accounts.rooms
import portal.auth.routes
import portal.cases.rooms
import portal.collections.rooms
import portal.desk.money_routes
import portal.desk.paper_routes
import portal.desk.phone_routes
import portal.desk.practice_envelope_routes
import portal.desk.practice_routes
import portal.desk.routes
import portal.desk.viewing.routes
import portal.home.brand_routes
import portal.home.notices_routes
import portal.home.routes
import portal.home.settings_routes
import portal.payments.autopay.routes
import portal.payments.books.routes
import portal.payments.charges.routes
import portal.payments.counter.bank_routes
import portal.payments.counter.machine_routes
import portal.payments.counter.payment_routes
import portal.payments.counter.routes
import portal.payments.credits.own_routes
import portal.payments.credits.routes
import portal.payments.disputes.routes
import portal.payments.guests.routes
import portal.payments.methods.routes
import portal.payments.plans.routes
import portal.payments.receipts.routes
import portal.payments.refunds.check_routes
import portal.payments.refunds.routes
import portal.payments.routes
import portal.payments.scheduled.routes
import portal.payments.suspense.routes
import portal.payments.webhook_routes
import portal.plans.changing.routes
import portal.plans.offering.routes
import portal.plans.routes
import portal.plans.rules.routes
import portal.plans.staff.change_routes
import portal.plans.staff.offer_routes
import portal.plans.staff.request_routes
import portal.remittances.claims.privacy_routes
import portal.remittances.deposits.routes
import portal.remittances.fees.routes
import portal.remittances.incoming.routes
import portal.remittances.quarantine.routes
import portal.remittances.routes
import portal.statements.delivery.routes
import portal.statements.print_runs.routes
import portal.statements.routes
import portal.statements.viewing.routes
import portal.sync.routes
from portal.auth.current import install_sign_in
from portal.auth.policies import install
from portal.cases.ports import DetailsForPractice, DisputeHolds, TakeInsurance, VisitsOnStatement
from portal.config import Settings
from portal.connectors.mailer import Mailer, SmtpMailer
from portal.connectors.payment_gateway import PaymentGateway
from portal.connectors.practice_systems import PracticeSystem
from portal.connectors.practice_systems.files import FilePracticeSystem
from portal.connectors.saved_methods import SavedMethods
from portal.connectors.settlement_records import SettlementRecords
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_saved_methods import StripeSavedMethods
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.db import Database
from portal.home.frame import install_frame
from portal.payments.access import StatementDue
from portal.payments.event_handlers import event_handlers
from portal.payments.guests.service import StatementByCode
from portal.payments.lines import coming_to_lines
from portal.payments.methods.on_file import kinds_of_methods, methods_on_file
from portal.payments.plans.own_credit import plans_with_own_credit, put_own_credit
from portal.payments.plans.standing import plans_paid_since
from portal.payments.scheduled.installments import (
    InstallmentDue,
    InstallmentsToCome,
    follow_plan,
)
from portal.payments.scheduled.new_statements import StatementsIssued
from portal.payments.scheduled.views import (
    charge_states,
    charges_of_plan,
    scheduled_of_statement,
)
from portal.payments.settlement import account_details
from portal.payments.webhooks import EventHandlers
from portal.plans.keeping.installments import installment_due, installments_to_come
from portal.plans.ports import (
    ChargeRows,
    ChargesOfPlans,
    ComingToLines,
    FollowPlan,
    MethodsOnFile,
    PlansPaidSince,
    PlansWithOwnCredit,
    PostDetails,
    PutOwnCredit,
    VisitsBilled,
)
from portal.remittances.card_of_case import take_card
from portal.remittances.claims.disputed import end_dispute, hold_disputed
from portal.statements.codes import statement_of_code
from portal.statements.coming import ScheduledOfStatement
from portal.statements.queries import (
    statement_due,
    statements_issued,
    visits_billed,
    visits_on_statement,
)
from portal.web import logs
from portal.web.application import WebApp, web_app
from portal.web.context import Portal
from portal.web.health import answer_health
from portal.web.security import csrf

_OPEN_TO_ALL: Final[Mapping[str, str]] = {
    "static": "style sheet, font and icons: the same for everybody",
    "web.language": "whoever reads may choose the language",
    "web.health": "says yes or no to a watcher",
}


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime] = system_clock,
    mailer: Mailer | None = None,
    stripe: StripeConnection | None = None,
    public: Mapping[str, str] | None = None,
) -> WebApp:
    """The portal. ``public`` names further endpoints open to all, and why (the demo's)."""
    logs.configure(as_json=settings.is_production)
    stripe = stripe or stripe_connection(settings)
    records = StripeSettlementRecords(stripe)
    saved_methods = StripeSavedMethods(stripe)
    due_of_installment = partial(installment_due, method_kinds=kinds_of_methods)
    services: dict[Callable[..., Any], object] = {
        PaymentGateway: stripe_gateway(settings, stripe),
        Mailer: mailer or _smtp(settings),
        PracticeSystem: practice_files(settings),
        StatementDue: statement_due,
        StatementByCode: statement_of_code,
        SettlementRecords: records,
        SavedMethods: saved_methods,
        EventHandlers: event_handlers(records, saved_methods),
        StatementsIssued: statements_issued,
        InstallmentsToCome: partial(installments_to_come, method_kinds=kinds_of_methods),
        InstallmentDue: due_of_installment,
        ChargesOfPlans: charge_states,
        ChargeRows: charges_of_plan,
        VisitsBilled: visits_billed,
        PostDetails: account_details,
        PlansPaidSince: plans_paid_since,
        FollowPlan: partial(follow_plan, installment_due=due_of_installment),
        PutOwnCredit: put_own_credit,
        PlansWithOwnCredit: plans_with_own_credit,
        MethodsOnFile: methods_on_file,
        ComingToLines: coming_to_lines,
        ScheduledOfStatement: scheduled_of_statement,
        DisputeHolds: DisputeHolds(place=hold_disputed, end=end_dispute),
        VisitsOnStatement: visits_on_statement,
        TakeInsurance: take_card,
        DetailsForPractice: account_details,
    }
    app = web_app(Portal(settings, database, clock, services))
    logs.log_requests(app)
    install_sign_in(app)
    install(app, public={**_OPEN_TO_ALL, **(public or {})})
    install_frame(app)
    answer_health(app)
    for blueprint in (
        portal.auth.routes.auth,
        portal.auth.routes.staff,
        portal.auth.accounts.rooms.accounts,
        portal.statements.routes.statements,
        portal.statements.viewing.routes.viewing,
        portal.statements.delivery.routes.delivery,
        portal.statements.print_runs.routes.letters,
        portal.payments.routes.payments,
        portal.payments.guests.routes.guests,
        portal.payments.counter.routes.counter,
        portal.payments.plans.routes.plan_payments,
        portal.payments.receipts.routes.receipts,
        portal.payments.methods.routes.methods,
        portal.payments.scheduled.routes.scheduled,
        portal.payments.autopay.routes.autopay,
        portal.payments.charges.routes.charges,
        portal.payments.webhook_routes.webhooks,
        portal.plans.blueprint.plans,
        portal.plans.rules.routes.plan_rules,
        portal.plans.staff.blueprint.staff_plans,
        portal.collections.rooms.collections,
        portal.cases.rooms.cases,
        portal.cases.rooms.staff_cases,
        portal.desk.routes.desk,
        portal.desk.money_routes.money,
        portal.desk.phone_routes.phone,
        portal.desk.paper_routes.desk_papers,
        portal.desk.practice_routes.practice,
        portal.desk.practice_envelope_routes.practice_envelope,
        portal.desk.viewing.routes.staff_viewing,
        portal.home.brand_routes.brand,
        portal.home.notices_routes.notices,
        portal.home.settings_routes.settings,
        portal.home.routes.home,
        portal.home.routes.visits,
        portal.payments.credits.routes.credits_pages,
        portal.payments.credits.own_routes.own_credit,
        portal.payments.books.routes.books,
        portal.payments.disputes.routes.disputes,
        portal.payments.refunds.routes.refunds,
        portal.payments.suspense.routes.suspense,
        portal.remittances.routes.insurance,
        portal.remittances.claims.privacy_routes.claim_privacy,
        portal.remittances.quarantine.routes.quarantine,
        portal.remittances.incoming.routes.intake,
        portal.remittances.deposits.routes.deposit_pages,
        portal.remittances.fees.routes.fees,
        portal.sync.routes.sync,
    ):
        app.register_blueprint(blueprint)
    csrf.exempt(portal.payments.webhook_routes.webhooks)  # signed by Stripe instead
    return app


def stripe_connection(settings: Settings) -> StripeConnection:
    """Stripe, or the simulator where STRIPE_API_BASE says so."""
    return StripeConnection(
        secret_key=settings.stripe_secret_key, api_base=settings.stripe_api_base
    )


def stripe_gateway(settings: Settings, connection: StripeConnection) -> StripeGateway:
    """Paying and refunding through that connection."""
    return StripeGateway(connection, webhook_secret=settings.stripe_webhook_secret)


def practice_files(settings: Settings) -> FilePracticeSystem:
    """Batches go to `outbox/<practice>/` in PORTAL_HOME; replies are read from `replies/`."""
    return FilePracticeSystem(outbox=settings.home / "outbox", replies=settings.home / "replies")


def _smtp(settings: Settings) -> SmtpMailer:
    return SmtpMailer.from_url(settings.smtp_url, from_address=settings.mail_from)

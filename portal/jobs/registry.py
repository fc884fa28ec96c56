"""What each job's name does, and what runs by itself.

A periodic job knows no practice: it reads the directory and enqueues one job for each, so that any
number of workers share the work and one practice's trouble is its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask

from portal import queue
from portal.audit.seal import seal, verify
from portal.auth.account_mail import send_account_mail
from portal.auth.accounts.kept import forget_kept_forms
from portal.auth.accounts.mail import send_account_notice
from portal.auth.link_delivery import send_statement_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.wrong_tries import forget_old_tries
from portal.cases.assistance.granting import help_new_bills
from portal.cases.clock import watch_clocks
from portal.cases.holding import keep_holds
from portal.cases.mailing import send_case_mail
from portal.cases.ports import DetailsForPractice, DisputeHolds
from portal.cases.service import drop_old_drafts
from portal.collections.agency.recalling import recall_what_changed
from portal.collections.promise_outcomes import end_promises
from portal.connectors.mailer import Mailer
from portal.connectors.payment_gateway import PaymentGateway
from portal.connectors.practice_systems import PracticeSystem
from portal.connectors.saved_methods import SavedMethods
from portal.connectors.settlement_records import SettlementRecords
from portal.desk.papers_in_writing import ask_for_papers
from portal.jobs.ledger_check import check_ledger
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import ABOUT_CASES, MessageTemplate, send_payment_mail
from portal.payments.access import StatementDue
from portal.payments.books.taking_in import take_in_books
from portal.payments.credits.overdue import tell_of_overdue_credit
from portal.payments.disputes.answers import send_what_was_not_answered
from portal.payments.disputes.service import take_in_disputes
from portal.payments.methods.service import sweep_setups
from portal.payments.scheduled.charging import charge_what_is_due
from portal.payments.scheduled.installments import InstallmentDue, InstallmentsToCome
from portal.payments.scheduled.new_statements import StatementsIssued
from portal.payments.scheduled.planning import look_ahead
from portal.payments.sweep import sweep
from portal.payments.webhooks import EventHandlers
from portal.plans.keeping.nightly import keep_paid_plans, keep_plans
from portal.plans.keeping.service import PlanCharges
from portal.plans.ports import (
    ChargesOfPlans,
    FollowPlan,
    PlansPaidSince,
    PlansWithOwnCredit,
    PutOwnCredit,
)
from portal.practice.directory import all_practices, practice_by_id
from portal.queue import Job
from portal.remittances.claims.denial_review import end_denial_reviews
from portal.remittances.claims.work import Act
from portal.remittances.incoming.uploads import drop_undecided, import_upload
from portal.remittances.quarantine.withheld_work import take_in_payment
from portal.request_id import request_id
from portal.statements.coming import ScheduledOfStatement
from portal.statements.print_runs.printing import PrintShop, print_letters
from portal.sync.service import run_sync
from portal.web import logs
from portal.web.context import Portal, portal
from portal.web.sessions import forget_ended_sessions

_EACH_MINUTE = "* * * * *"
_EACH_HOUR = "7 * * * *"
_EACH_HOUR_LATER = "37 * * * *"  # after the charges of the hour
_EACH_NIGHT = "30 9 * * *"  # UTC: 1:30 or 2:30 in the morning on the Pacific coast

_ABOUT_A_PAYMENT = (
    MessageTemplate.PAYMENT_RECEIPT,
    MessageTemplate.PAYMENT_ON_ITS_WAY,
    MessageTemplate.PAYMENT_SENT_BACK,
    MessageTemplate.PAYMENT_VOIDED,
    MessageTemplate.REFUND_STOPPED,
)

_ABOUT_AN_ACCOUNT = (
    MessageTemplate.METHOD_SAVED,
    MessageTemplate.METHOD_EXPIRING,
    MessageTemplate.CHARGE_AGREED,
    MessageTemplate.CHARGE_NOTICE,
    MessageTemplate.CHARGE_DECLINED,
    MessageTemplate.CHARGE_NEEDS_YOU,
    MessageTemplate.CHARGE_NOT_NEEDED,
    MessageTemplate.CHARGE_STOPPED,
    MessageTemplate.AUTOPAY_ON,
    MessageTemplate.AUTOPAY_OFF,
    MessageTemplate.PLAN_OFFERED,
    MessageTemplate.PLAN_AGREED,
    MessageTemplate.PLAN_CHANGED,
    MessageTemplate.PLAN_DONE,
    MessageTemplate.PLAN_DUE_SOON,
    MessageTemplate.PLAN_PAST_DUE,
    MessageTemplate.PLAN_ENDING,
    MessageTemplate.PLAN_ENDED,
    MessageTemplate.FINAL_NOTICE,
)


@dataclass(frozen=True, slots=True)
class PracticeJob:
    """Something done for one practice, again and again."""

    run: Callable[[Portal, UUID], object]
    cron: str

    @property
    def next_turn_is_the_retry(self) -> bool:
        """A failed job is else tried again after seconds, then minutes (queue.py)."""
        return self.cron == _EACH_MINUTE


def _verify_audit(here: Portal, practice_id: UUID) -> None:
    """A broken seal fails the job, which shows in the queue and the log until somebody looked."""
    findings = verify(here.database, practice_id)
    if findings:
        raise LookupError(f"audit log: {len(findings)} findings")


def _plan_charges(here: Portal) -> PlanCharges:
    """What payments do for plans."""
    return PlanCharges(
        here.service(ChargesOfPlans),
        here.service(FollowPlan),
        put_credit=here.service(PutOwnCredit),
        with_credit=here.service(PlansWithOwnCredit),
    )


PRACTICE_JOBS: Mapping[str, PracticeJob] = {
    "sweep_payments": PracticeJob(
        lambda here, practice_id: sweep(
            here.database,
            here.service(PaymentGateway),
            practice_id,
            now=here.clock(),
            handlers=here.service(EventHandlers),
        ),
        _EACH_MINUTE,
    ),
    "sweep_setups": PracticeJob(
        lambda here, practice_id: sweep_setups(
            here.database, here.service(SavedMethods), practice_id, now=here.clock()
        ),
        _EACH_MINUTE,
    ),
    "look_ahead": PracticeJob(
        lambda here, practice_id: look_ahead(
            here.database,
            practice_id,
            tokens=LinkTokens(here.settings.secret_key),
            statement_due=here.service(StatementDue),
            statements_issued=here.service(StatementsIssued),
            installments_to_come=here.service(InstallmentsToCome),
            installment_due=here.service(InstallmentDue),
            now=here.clock(),
        ),
        _EACH_HOUR,
    ),
    "charge_what_is_due": PracticeJob(
        lambda here, practice_id: charge_what_is_due(
            here.database,
            here.service(PaymentGateway),
            here.service(SavedMethods),
            practice_id,
            statement_due=here.service(StatementDue),
            installment_due=here.service(InstallmentDue),
            now=here.clock(),
        ),
        _EACH_HOUR,
    ),
    "keep_plans": PracticeJob(
        lambda here, practice_id: keep_plans(
            here.database, practice_id, charges=_plan_charges(here), now=here.clock()
        ),
        _EACH_HOUR_LATER,
    ),
    "keep_paid_plans": PracticeJob(
        lambda here, practice_id: keep_paid_plans(
            here.database,
            practice_id,
            paid_since=here.service(PlansPaidSince),
            charges=_plan_charges(here),
            now=here.clock(),
        ),
        _EACH_MINUTE,
    ),
    "keep_case_holds": PracticeJob(
        lambda here, practice_id: keep_holds(
            here.database, practice_id, here.service(DisputeHolds), now=here.clock()
        ),
        _EACH_MINUTE,
    ),
    "give_help_to_new_bills": PracticeJob(
        lambda here, practice_id: help_new_bills(
            here.database, practice_id, details=here.service(DetailsForPractice), now=here.clock()
        ),
        _EACH_HOUR,
    ),
    "watch_case_clocks": PracticeJob(
        lambda here, practice_id: watch_clocks(here.database, practice_id, now=here.clock()),
        _EACH_HOUR,
    ),
    "drop_case_drafts": PracticeJob(
        lambda here, practice_id: drop_old_drafts(here.database, practice_id, now=here.clock()),
        _EACH_HOUR,
    ),
    "ask_for_papers": PracticeJob(
        lambda here, practice_id: ask_for_papers(here.database, practice_id, now=here.clock()),
        _EACH_HOUR,
    ),
    "end_promises": PracticeJob(
        lambda here, practice_id: end_promises(here.database, practice_id, now=here.clock()),
        _EACH_NIGHT,
    ),
    "recall_what_changed": PracticeJob(
        lambda here, practice_id: recall_what_changed(here.database, practice_id, now=here.clock()),
        _EACH_HOUR_LATER,
    ),
    "tell_of_overdue_credit": PracticeJob(
        lambda here, practice_id: tell_of_overdue_credit(
            here.database, practice_id, now=here.clock()
        ),
        _EACH_NIGHT,
    ),
    "take_in_books": PracticeJob(
        lambda here, practice_id: take_in_books(
            here.database, here.service(SettlementRecords), practice_id, now=here.clock()
        ),
        _EACH_NIGHT,
    ),
    "take_in_disputes": PracticeJob(
        lambda here, practice_id: take_in_disputes(
            here.database, here.service(SettlementRecords), practice_id, now=here.clock()
        ),
        _EACH_NIGHT,
    ),
    "send_dispute_answers": PracticeJob(
        lambda here, practice_id: send_what_was_not_answered(
            here.database, here.service(SettlementRecords), practice_id, now=here.clock()
        ),
        _EACH_HOUR,
    ),
    "sync_practice": PracticeJob(
        lambda here, practice_id: run_sync(
            here.database, here.service(PracticeSystem), practice_id, now=here.clock()
        ),
        _EACH_MINUTE,
    ),
    "end_denial_reviews": PracticeJob(
        lambda here, practice_id: end_denial_reviews(here.database, practice_id, now=here.clock()),
        _EACH_NIGHT,
    ),
    "drop_undecided_uploads": PracticeJob(
        lambda here, practice_id: drop_undecided(here.database, practice_id, now=here.clock()),
        _EACH_HOUR,
    ),
    "verify_audit": PracticeJob(_verify_audit, _EACH_NIGHT),
    "seal_audit": PracticeJob(
        lambda here, practice_id: seal(here.database, practice_id, now=here.clock()),
        _EACH_HOUR,
    ),
}


def jobs_of(app: Flask) -> Mapping[str, Job]:
    """Every job by its name, each run inside the app, so that mail can be rendered."""
    jobs = {
        "send_statement_link": _in_app(app, "send_statement_link", _send_statement_link),
        **{
            f"send_{template.value}": _in_app(
                app, f"send_{template.value}", _send_payment_mail(template)
            )
            for template in _ABOUT_A_PAYMENT
        },
        **{
            f"send_{template.value}": _in_app(
                app, f"send_{template.value}", _send_account_mail(template)
            )
            for template in _ABOUT_AN_ACCOUNT
        },
        **{
            f"send_{template.value}": _in_app(
                app, f"send_{template.value}", _send_case_mail(template)
            )
            for template in ABOUT_CASES
        },
        "send_account_notice": _in_app(app, "send_account_notice", _send_account_notice),
        "import_upload": _in_app(app, "import_upload", _import_upload),
        "take_in_payment": _in_app(app, "take_in_payment", _take_in_payment),
        "print_letters": _in_app(app, "print_letters", _print_letters),
        "forget_sessions": _in_app(app, "forget_sessions", _forget_sessions, cron=_EACH_HOUR),
        "check_ledger": _in_app(app, "check_ledger", _check_ledger, cron=_EACH_NIGHT),
    }
    for name, job in PRACTICE_JOBS.items():
        jobs[name] = _in_app(app, name, _for_one_practice(job))
        jobs[f"each_{name}"] = _in_app(app, f"each_{name}", _for_each(name, job), cron=job.cron)
    return jobs


def _in_app(app: Flask, name: str, run: Callable[..., object], *, cron: str = "") -> Job:
    def run_in_app(**ids: str) -> None:
        with app.app_context(), logs.job_context(name, **ids):
            try:
                run(portal(), **ids)
            except Exception:
                logs.log.exception("job failed")  # the queue is silent about what it tries again
                raise

    return Job(run_in_app, cron)


def _for_one_practice(job: PracticeJob) -> Callable[..., object]:
    def run(here: Portal, *, practice_id: str) -> object:
        return job.run(here, UUID(practice_id))

    return run


def _for_each(name: str, job: PracticeJob) -> Callable[..., object]:
    def enqueue_for_each(here: Portal) -> None:
        practices = all_practices(here.database)
        with here.database.local_transaction() as session:
            for practice in practices:
                key = f"{name}:{practice.practice_id}"
                queue.enqueue(
                    session.connection(),
                    name,
                    lock=key,
                    once=key if job.next_turn_is_the_retry else None,
                    practice_id=str(practice.practice_id),
                )

    return enqueue_for_each


def _send_statement_link(here: Portal, *, practice_id: str, message_id: str) -> None:
    send_statement_link(
        here.database,
        tokens=LinkTokens(here.settings.secret_key),
        base_url=here.settings.base_url,
        **_mail(here, practice_id, message_id),
    )


def _send_payment_mail(template: MessageTemplate) -> Callable[..., None]:
    def send(here: Portal, *, practice_id: str, message_id: str) -> None:
        send_payment_mail(here.database, template, **_mail(here, practice_id, message_id))

    return send


def _send_account_mail(template: MessageTemplate) -> Callable[..., None]:
    def send(here: Portal, *, practice_id: str, message_id: str) -> None:
        send_account_mail(
            here.database,
            template,
            tokens=LinkTokens(here.settings.secret_key),
            base_url=here.settings.base_url,
            **_mail(here, practice_id, message_id),
        )

    return send


def _send_case_mail(template: MessageTemplate) -> Callable[..., None]:
    def send(here: Portal, *, practice_id: str, message_id: str) -> None:
        send_case_mail(
            here.database,
            template,
            tokens=LinkTokens(here.settings.secret_key),
            base_url=here.settings.base_url,
            **_mail(here, practice_id, message_id),
        )

    return send


def _send_account_notice(here: Portal, *, practice_id: str, mail_id: str) -> None:
    send_account_notice(
        here.database,
        practice_id=UUID(practice_id),
        mail_id=UUID(mail_id),
        secret_key=here.settings.secret_key,
        base_url=here.settings.base_url,
        mailer=here.service(Mailer),
        renderer=TemplateRenderer(),
        now=here.clock(),
    )


def _import_upload(here: Portal, *, practice_id: str, upload_id: str) -> None:
    practice = practice_by_id(here.database, UUID(practice_id))
    import_upload(here.database, practice, UUID(upload_id), now=here.clock())
    _keep_plans_soon(here, practice_id)


def _print_letters(here: Portal, *, practice_id: str, run_id: str) -> None:
    shop = PrintShop(
        database=here.database,
        practice_id=UUID(practice_id),
        home=here.settings.home,
        site=here.settings.base_url,
        scheduled_of_statement=here.service(ScheduledOfStatement),
    )
    print_letters(shop, UUID(run_id), now=here.clock())


def _take_in_payment(here: Portal, *, practice_id: str, take_in_id: str) -> None:
    now, practice = here.clock(), practice_by_id(here.database, UUID(practice_id))
    act = Act(now, practice.today(now), request_id=request_id())
    take_in_payment(here.database, practice.practice_id, UUID(take_in_id), act=act)
    _keep_plans_soon(here, practice_id)


def _keep_plans_soon(here: Portal, practice_id: str) -> None:
    """Insurance has decided: what that changes of a plan is told in minutes, not in an hour."""
    with here.database.local_transaction() as session:
        queue.enqueue(
            session.connection(),
            "keep_plans",
            lock=f"keep_plans:{practice_id}",
            practice_id=practice_id,
        )


def _mail(here: Portal, practice_id: str, message_id: str) -> dict[str, Any]:
    return {
        "practice_id": UUID(practice_id),
        "message_id": UUID(message_id),
        "mailer": here.service(Mailer),
        "renderer": TemplateRenderer(),
        "now": here.clock(),
    }


def _forget_sessions(here: Portal) -> None:
    forget_ended_sessions(here.database, now=here.clock())
    forget_old_tries(here.database, now=here.clock())
    forget_kept_forms(here.database, now=here.clock())


def _check_ledger(here: Portal) -> None:
    """A finding fails the job, which shows in the queue and the log until somebody has looked."""
    checked = check_ledger(here.database)
    if not checked.ok:
        raise LookupError(f"portal ledger check: {len(checked.findings)} findings")

"""Every page with its sample views: each template in each state that somebody may meet."""

from collections.abc import Mapping
from dataclasses import replace

from portal.auth.forms import BirthDateForm, CodeForm, SignInForm
from portal.domain.language_help import language_notices
from portal.ledger.outbox import LedgerPostState
from portal.payments.forms import AmountForm
from portal.payments.guests.forms import GuestForm
from portal.payments.guests.queries import GuestOutcome
from portal.plans.rules.forms import RulesForm
from portal.statements.delivery.forms import ConsentForm, HelpReadingForm
from portal.statements.print_runs.forms import AnswersForm
from tests.web import sample_access_views as access
from tests.web import sample_account_views as account
from tests.web import sample_case_views as case_views
from tests.web import sample_charge_views as charges
from tests.web import sample_collections_views as collections_views
from tests.web import sample_credit_views as own_credit
from tests.web import sample_desk_views as desk
from tests.web import sample_home_views as home
from tests.web import sample_look_views as look
from tests.web import sample_money_views as money
from tests.web import sample_owed_views as owed
from tests.web import sample_paper_views as papers
from tests.web import sample_patient_views as patients
from tests.web import sample_paying_views as paying
from tests.web import sample_plan_payment_views as plan_payments
from tests.web import sample_plan_rules_views as plan_rules
from tests.web import sample_plan_views as plans
from tests.web import sample_receipt_views as receipts
from tests.web import sample_refund_views as refunds
from tests.web import sample_staff_plan_views as staff_plans
from tests.web import sample_viewing_views as viewing
from tests.web.sample_page import BOOKKEEPER, MANAGER, SamplePage
from tests.web.samples_of_insurance import INSURANCE
from tests.web.samples_of_the_desk import DESK

WRONG_DATE = {"born_on-month": "2", "born_on-day": "31", "born_on-year": "1985"}
RULES = {**BOOKKEEPER, **plan_rules.WORDS}
RULES["staff"] = replace(desk.JO, role="manager", areas=frozenset({"desk", "plans", "plan_rules"}))


SAMPLES: Mapping[str, SamplePage] = {
    **INSURANCE,
    **DESK,
    **{
        name: SamplePage(template, page, form, typed, {"staff": staff, "errors": ()})
        for name, (template, page, form, typed, staff) in collections_views.PAGES.items()
    },
    **{name: SamplePage(*parts) for name, parts in staff_plans.PAGES.items()},
    **{name: SamplePage(*parts) for name, parts in access.PAGES.items()},
    **{name: SamplePage(*parts) for name, parts in home.PAGES.items()},
    **{name: SamplePage(*parts) for name, parts in own_credit.PAGES.items()},
    **{name: SamplePage(*parts) for name, parts in case_views.PAGES.items()},
    "plan-rules": SamplePage("plan_rules/rules.html", plan_rules.RULES, more=RULES),
    "plan-rules-to-come": SamplePage("plan_rules/rules.html", plan_rules.RULES_TO_COME, more=RULES),
    "plan-rules-change": SamplePage(
        "plan_rules/change.html", plan_rules.RULES, RulesForm, more={**RULES, "errors": ()}
    ),
    "plan-rules-change-wrong": SamplePage(
        "plan_rules/change.html", plan_rules.RULES, RulesForm, plan_rules.TYPED_WRONG, RULES
    ),
    "plan-rules-check": SamplePage(
        "plan_rules/check.html", plan_rules.RULES, RulesForm, more={**RULES, **plan_rules.CHECK}
    ),
    **{
        name: SamplePage(template, page, form, typed, BOOKKEEPER)
        for name, (template, page, form, typed) in {**money.PAGES, **charges.PAGES}.items()
    },
    **{
        name: SamplePage(template, page, None, typed, BOOKKEEPER)
        for name, (template, page, typed) in refunds.PAGES.items()
    },
    "landing": SamplePage("auth/landing.html", patients.LANDING, BirthDateForm),
    "landing-long": SamplePage(
        "auth/landing.html",
        replace(patients.LANDING, practice=patients.LONG_PRACTICE),
        BirthDateForm,
    ),
    "landing-wrong": SamplePage("auth/landing.html", patients.LANDING, BirthDateForm, WRONG_DATE),
    **{
        f"link-{reason}": SamplePage(
            "auth/link_dead.html", patients.LinkDeadPage(patients.RIVERBEND, reason)
        )
        for reason in ("expired", "revoked", "closed", "replaced")
    },
    "link-unknown": SamplePage("auth/link_dead.html", patients.LinkDeadPage(None, "unknown")),
    "statement": SamplePage("statements/statement.html", patients.ANA_STATEMENT),
    "statement-by-link": SamplePage(
        "statements/statement.html", patients.ANA_STATEMENT, more={"visitor": look.BY_LINK}
    ),
    "statement-placed": SamplePage("statements/statement.html", collections_views.PLACED),
    "statement-partly-placed": SamplePage(
        "statements/statement.html", collections_views.PARTLY_PLACED
    ),
    "statement-partly-paid": SamplePage("statements/statement.html", patients.PARTLY_PAID),
    "statement-changed": SamplePage("statements/statement.html", patients.CHANGED_SINCE),
    "statement-on-hold": SamplePage("statements/statement.html", patients.ON_HOLD),
    "statement-paid": SamplePage("statements/statement.html", patients.PAID),
    "statement-credit": SamplePage("statements/statement.html", patients.CREDIT),
    "statement-on-its-way": SamplePage("statements/statement.html", paying.ALL_ON_ITS_WAY),
    "statement-voided": SamplePage("statements/statement.html", patients.VOIDED),
    "statement-long": SamplePage("statements/statement.html", patients.LONG_STATEMENT),
    **{
        name: SamplePage(template, page, form, typed, more={**MANAGER, **viewing.MORE})
        for name, (template, page, form, typed) in viewing.PAGES.items()
    },
    "pay": SamplePage("payments/amount.html", paying.AMOUNT, AmountForm),
    "pay-nothing-chosen": SamplePage("payments/amount.html", paying.AMOUNT, AmountForm, {}),
    "pay-too-much": SamplePage(
        "payments/amount.html", paying.AMOUNT, AmountForm, {"how": "part", "amount": "2145"}
    ),
    "pay-visits": SamplePage("payments/amount.html", paying.AMOUNT, AmountForm, paying.OF_LEO),
    "pay-no-visit": SamplePage(
        "payments/amount.html", paying.AMOUNT, AmountForm, {"how": "visits"}
    ),
    "pay-beside-a-debit": SamplePage(
        "payments/amount.html", paying.AMOUNT_BESIDE_A_DEBIT, AmountForm
    ),
    "pay-long": SamplePage(
        "payments/amount.html", paying.LONG_AMOUNT, AmountForm, {"how": "visits", "of_these": "x"}
    ),
    "check": SamplePage("payments/check.html", paying.CHECK),
    "check-all": SamplePage("payments/check.html", paying.CHECK_ALL),
    "check-keep": SamplePage(
        "payments/check.html", paying.CHECK, more={"keep": account.ADD.wording}
    ),
    **{name: SamplePage(*parts) for name, parts in account.PAGES.items()},
    **{name: SamplePage(*parts) for name, parts in plan_payments.PAGES.items()},
    **{name: SamplePage(*parts) for name, parts in plans.PAGES.items()},
    **{
        name: SamplePage(template, page, form, typed, more=more)
        for name, (template, page, form, typed, more) in owed.PAGES.items()
    },
    "waiting": SamplePage("payments/waiting.html", paying.WAITING),
    "waiting-for-the-bank": SamplePage("payments/waiting.html", paying.ON_ITS_WAY),
    "waiting-for-the-account": SamplePage("payments/waiting.html", paying.UNCONFIRMED),
    "waiting-for-a-person": SamplePage("payments/waiting.html", paying.SUSPENDED),
    **{name: SamplePage("payments/problem.html", page) for name, page in paying.problems().items()},
    "receipt": SamplePage("payments/receipt.html", receipts.RECEIPT),
    "receipt-paid-twice": SamplePage("payments/receipt.html", receipts.PAID_TWICE),
    **{
        f"receipt-{state}": SamplePage(
            "payments/receipt.html", replace(receipts.RECEIPT, books=state)
        )
        for state in (LedgerPostState.SENT, LedgerPostState.REJECTED)
    },
    "receipt-confirmed": SamplePage("payments/receipt.html", receipts.CONFIRMED),
    "receipt-refunded": SamplePage("payments/receipt.html", receipts.REFUNDED),
    "receipt-taken-back": SamplePage("payments/receipt.html", receipts.TAKEN_BACK),
    "receipt-desk": SamplePage("payments/receipt.html", receipts.AT_THE_DESK),
    "receipts": SamplePage("payments/receipts.html", receipts.RECEIPTS),
    "receipts-none": SamplePage("payments/receipts.html", replace(receipts.RECEIPTS, receipts=())),
    "history": SamplePage("payments/history.html", receipts.HISTORY),
    "history-none": SamplePage("payments/history.html", receipts.HISTORY_NONE),
    "year": SamplePage("payments/year.html", receipts.YEAR),
    "year-none": SamplePage("payments/year.html", receipts.YEAR_NONE),
    "guest-pay": SamplePage("payments/guest_pay.html", receipts.GUEST, GuestForm),
    "guest-pay-wrong": SamplePage(
        "payments/guest_pay.html", receipts.GUEST, GuestForm, {"code": "", "amount": "1e3"}
    ),
    **{
        f"guest-receipt-{outcome}": SamplePage(
            "payments/guest_receipt.html", replace(receipts.GUEST_RECEIPT, outcome=outcome)
        )
        for outcome in GuestOutcome
    },
    "signed-out": SamplePage("auth/signed_out.html", more={"timed_out": False}),
    "signed-out-by-time": SamplePage("auth/signed_out.html", more={"timed_out": True}),
    "staff-sign-in": SamplePage("auth/staff_sign_in.html", None, SignInForm),
    "staff-sign-in-wrong": SamplePage("auth/staff_sign_in.html", None, SignInForm, {"email": ""}),
    "staff-code": SamplePage("auth/staff_code.html", None, CodeForm),
    "settings": SamplePage(
        "home/settings.html", look.NOTICE, more={"groups": look.SETTINGS, "visitor": look.HOLDER}
    ),
    "notice-languages": SamplePage(
        "notices/language_help.html", look.NOTICE, more={"as_of": language_notices().as_of}
    ),
    "notice-languages-nobody": SamplePage(
        "notices/language_help.html",
        look.NOTICE_OF_NOBODY,
        more={"as_of": language_notices().as_of},
    ),
    "notice-accessibility": SamplePage(
        "notices/accessibility.html", look.NOTICE, more={"measured": look.MEASURED}
    ),
    "notice-accessibility-unmeasured": SamplePage(
        "notices/accessibility.html", look.NOTICE_LONG, more={"measured": None}
    ),
    "notice-privacy": SamplePage("notices/privacy.html", look.NOTICE),
    "notice-privacy-own": SamplePage("notices/privacy.html", look.NOTICE_LONG),
    "notice-rights": SamplePage("notices/nondiscrimination.html", look.NOTICE),
    "notice-formats": SamplePage(
        "notices/other_formats.html", look.NOTICE, more={"may_ask": True, "visitor": look.HOLDER}
    ),
    "notice-formats-nobody": SamplePage(
        "notices/other_formats.html", look.NOTICE_OF_NOBODY, more={"may_ask": False}
    ),
    "practice": SamplePage("practice/show.html", look.PRACTICE, more={**MANAGER, **look.WORDS}),
    "practice-new": SamplePage(
        "practice/show.html", look.PRACTICE_NEW, more={**MANAGER, **look.WORDS}
    ),
    "practice-change": SamplePage(
        "practice/change.html", look.PRACTICE, more={**MANAGER, **look.WORDS}
    ),
    "practice-change-wrong": SamplePage(
        "practice/change.html", look.PRACTICE, typed={}, more={**MANAGER, **look.WORDS}
    ),
    "practice-check": SamplePage(
        "practice/check.html",
        look.PRACTICE_NEW,
        more={**MANAGER, **look.WORDS, **look.CHECKED},
    ),
    "practice-check-same": SamplePage(
        "practice/check.html",
        look.PRACTICE_NEW,
        more={**MANAGER, **look.WORDS, **look.UNCHANGED},
    ),
    "practice-envelope": SamplePage("practice/envelope.html", papers.ENVELOPE, more=MANAGER),
    "practice-envelope-wrong": SamplePage(
        "practice/envelope.html", papers.ENVELOPE_WRONG, more=MANAGER
    ),
    "delivery": SamplePage("delivery/show.html", papers.BY_LINK, HelpReadingForm),
    "delivery-consented": SamplePage("delivery/show.html", papers.CONSENTED, HelpReadingForm),
    "delivery-paper": SamplePage("delivery/show.html", papers.ON_PAPER, HelpReadingForm),
    "delivery-no-email": SamplePage("delivery/show.html", papers.NO_EMAIL, HelpReadingForm),
    "delivery-no-address": SamplePage("delivery/show.html", papers.NO_ADDRESS, HelpReadingForm),
    "delivery-came-back": SamplePage("delivery/show.html", papers.CAME_BACK, HelpReadingForm),
    "delivery-nothing-chosen": SamplePage(
        "delivery/show.html", papers.BY_LINK, HelpReadingForm, {}
    ),
    "delivery-consent": SamplePage("delivery/consent.html", papers.BY_LINK, ConsentForm),
    "delivery-consent-not-found": SamplePage(
        "delivery/consent.html", papers.BY_LINK, ConsentForm, {"page_word": "barn"}
    ),
    "delivery-sample": SamplePage("delivery/sample.html", papers.BY_LINK),
    "letters": SamplePage("letters/index.html", papers.LETTERS, more=MANAGER),
    "letters-none": SamplePage("letters/index.html", papers.NO_LETTERS, more=MANAGER),
    "letters-run": SamplePage("letters/run.html", papers.RUN, AnswersForm, more=MANAGER),
    "letters-run-astray": SamplePage(
        "letters/run.html", papers.RUN_ASTRAY, AnswersForm, more=MANAGER
    ),
    "letters-run-ended": SamplePage(
        "letters/run.html", papers.RUN_ENDED, AnswersForm, more=MANAGER
    ),
    "letters-run-printing": SamplePage(
        "letters/run.html", papers.RUN_PRINTING, AnswersForm, more=MANAGER
    ),
    "letters-run-handed-over": SamplePage(
        "letters/run.html", papers.RUN_HANDED_OVER, AnswersForm, {}, more=MANAGER
    ),
    "letters-run-reconciled": SamplePage(
        "letters/run.html", papers.RUN_RECONCILED, AnswersForm, more=MANAGER
    ),
}

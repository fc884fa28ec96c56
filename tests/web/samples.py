"""Every page with its sample views: each template in each state that somebody may meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask_wtf import FlaskForm

from portal.auth.forms import BirthDateForm, CodeForm, SignInForm
from portal.desk.forms import AccountHoldForm, RefundForm
from portal.domain.fee_file import COLUMNS
from portal.domain.language_help import language_notices
from portal.ledger.outbox import LedgerPostState
from portal.payments.counter.forms import (
    BatchForm,
    CloseForm,
    CountForm,
    OpenDrawerForm,
    TakeBackForm,
    TakeForm,
)
from portal.payments.forms import AmountForm
from portal.payments.guests.forms import GuestForm
from portal.payments.guests.queries import GuestOutcome
from portal.plans.rules.forms import RulesForm
from portal.remittances.deposits.forms import (
    BankFileForm,
    DepositForm,
    MatchDepositForm,
)
from portal.remittances.fees.forms import FeeFileForm
from portal.remittances.fees.pages import DAYS
from portal.remittances.forms import (
    CoverageForm,
    ReleaseForm,
    ResolveForm,
)
from portal.remittances.incoming.forms import FileForm
from portal.statements.delivery.forms import ConsentForm, HelpReadingForm
from portal.statements.print_runs.forms import AnswersForm
from portal.sync.forms import SettleForm
from tests.web import sample_access_views as access
from tests.web import sample_account_views as account
from tests.web import sample_books_views as books
from tests.web import sample_case_views as case_views
from tests.web import sample_charge_views as charges
from tests.web import sample_collections_views as collections_views
from tests.web import sample_counter_views as counter
from tests.web import sample_credit_views as own_credit
from tests.web import sample_desk_views as desk
from tests.web import sample_home_views as home
from tests.web import sample_insurance_views as posters
from tests.web import sample_look_views as look
from tests.web import sample_money_views as money
from tests.web import sample_owed_views as owed
from tests.web import sample_paper_views as papers
from tests.web import sample_patient_views as patients
from tests.web import sample_paying_views as paying
from tests.web import sample_payments as payments
from tests.web import sample_plan_payment_views as plan_payments
from tests.web import sample_plan_rules_views as plan_rules
from tests.web import sample_plan_views as plans
from tests.web import sample_receipt_views as receipts
from tests.web import sample_refund_views as refunds
from tests.web import sample_staff_plan_views as staff_plans
from tests.web import sample_viewing_views as viewing


@dataclass(frozen=True, slots=True)
class SamplePage:
    """A template and what its view gives it; ``typed`` is a form that was sent, with its errors."""

    template: str
    page: object = None
    form: type[FlaskForm] | None = None
    typed: Mapping[str, str] | None = None
    more: Mapping[str, object] = field(default_factory=dict)


STAFF: Mapping[str, object] = {"staff": desk.JO}
MANAGER = {
    "staff": replace(
        desk.JO,
        role="manager",
        areas=frozenset({"desk", "insurance", "sync", "credit", "refunds", "practice"}),
    )
}
CLERK = {
    "staff": replace(desk.JO, areas=frozenset({"desk", "money", "drawer"})),
}
OVERSEER = {
    "staff": replace(desk.JO, role="manager", areas=frozenset({"desk", "money", "books"})),
}
POSTER = {
    "staff": replace(
        desk.JO,
        name="Maximiliana Featherstonehaugh",
        role="poster",
        areas=frozenset({"insurance", "sync"}),
        practice_name=patients.LONG_PRACTICE.name,
    )
}
FEE_CHOICES = {"columns": COLUMNS, "choices": DAYS}
WRONG_DATE = {"born_on-month": "2", "born_on-day": "31", "born_on-year": "1985"}


BOOKKEEPER = {
    "staff": replace(
        desk.JO,
        role="manager",
        areas=frozenset({"desk", "money", "books", "refunds", "credit", "insurance", "sync"}),
    ),
}
RULES = {**BOOKKEEPER, **plan_rules.WORDS}
RULES["staff"] = replace(desk.JO, role="manager", areas=frozenset({"desk", "plans", "plan_rules"}))


SAMPLES: Mapping[str, SamplePage] = {
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
    "refund-of-disputed": SamplePage(
        "desk/refund.html", replace(desk.REFUND, is_disputed=True), RefundForm, more=MANAGER
    ),
    **{
        f"refund-of-check-{place}": SamplePage(
            "desk/refund.html",
            replace(
                desk.REFUND,
                is_unsure=True,
                check_place=place,
                sure_on=counter.TODAY if place == "bank" else None,
                way="check",
            ),
            RefundForm,
            more=MANAGER,
        )
        for place in ("bank", "drawer", "missing")
    },
    "refund-ask-for-check": SamplePage(
        "desk/refund_check.html",
        replace(desk.REFUND, way="check"),
        RefundForm,
        {"amount": "20.00", "why": "paid_twice"},
        more={**MANAGER, "refund_id": patients.PAYMENT_ID},
    ),
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
    "desk": SamplePage("desk/search.html", desk.SEARCH_EMPTY, more=STAFF),
    "desk-nobody": SamplePage("desk/search.html", desk.SEARCH_NOBODY, more=STAFF),
    "desk-found": SamplePage("desk/search.html", desk.SEARCH, more=STAFF),
    "tasks": SamplePage("desk/tasks.html", desk.TASKS, more=STAFF),
    "tasks-poster": SamplePage("desk/tasks.html", desk.TASKS_BETWEEN, more=POSTER),
    "tasks-none": SamplePage("desk/tasks.html", desk.TasksPage((), 0, None, None), more=STAFF),
    "person": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=STAFF),
    "person-manager": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=MANAGER),
    "person-hold-without-note": SamplePage(
        "desk/person.html", desk.PERSON, AccountHoldForm, {"hold": "deceased"}, more=STAFF
    ),
    "person-hold-not-ended": SamplePage(
        "desk/person.html",
        desk.PERSON,
        AccountHoldForm,
        {"hold": "disputed"},
        more={**STAFF, "ending": "disputed"},
    ),
    "refund": SamplePage("desk/refund.html", desk.REFUND, RefundForm, more=MANAGER),
    "refund-wrong": SamplePage(
        "desk/refund.html", desk.REFUND, RefundForm, {"amount": "9999"}, more=MANAGER
    ),
    "refund-check": SamplePage(
        "desk/refund_check.html",
        desk.REFUND,
        RefundForm,
        {"amount": "20.00", "why": "paid_twice"},
        more={**MANAGER, "refund_id": patients.PAYMENT_ID},
    ),
    "credit": SamplePage(
        "desk/credit.html",
        desk.CREDIT_PAGE,
        more={**MANAGER, "changed": True, "use_id": patients.PAYMENT_ID},
    ),
    "credit-none": SamplePage(
        "desk/credit.html",
        replace(desk.CREDIT_PAGE, usable_cents=0, allocations=()),
        more={**MANAGER, "changed": False, "use_id": patients.PAYMENT_ID},
    ),
    "person-clerk": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=CLERK),
    "phone": SamplePage("desk/phone.html", desk.PERSON, more=CLERK),
    "phone-cannot-send": SamplePage("desk/phone.html", desk.PERSON_CANNOT_SEND, more=CLERK),
    "phone-nothing": SamplePage("desk/phone.html", desk.PERSON_EMPTY, more=CLERK),
    "counter": SamplePage(
        "money/counter/index.html", counter.COUNTER, OpenDrawerForm, more=OVERSEER
    ),
    "counter-empty": SamplePage(
        "money/counter/index.html", counter.COUNTER_EMPTY, OpenDrawerForm, {"name": ""}, more=CLERK
    ),
    "counter-manager": SamplePage(
        "money/counter/index.html", counter.COUNTER_OF_MANAGER, OpenDrawerForm, more=OVERSEER
    ),
    "counter-elsewhere": SamplePage("money/counter/elsewhere.html", more=CLERK),
    "take": SamplePage("money/counter/take.html", counter.TAKE, TakeForm, more=CLERK),
    "take-with-plans": SamplePage(
        "money/counter/take.html", plan_payments.TAKE, TakeForm, more=CLERK
    ),
    "take-wrong": SamplePage(
        "money/counter/take.html",
        counter.TAKE_BESIDE_OTHERS,
        TakeForm,
        {"amount": "x", "paid_by": "check", "what_for": "chosen"},
        more=CLERK,
    ),
    **{
        f"take-{why}": SamplePage(
            "money/counter/take.html", replace(counter.TAKE, why_not=why), TakeForm, more=CLERK
        )
        for why in ("not_yours", "no_drawer", "counted", "old")
    },
    **{
        name: SamplePage(
            "money/counter/check.html",
            view,
            TakeForm,
            {"amount": "70", "paid_by": "cash", "what_for": "oldest"},
            more=CLERK,
        )
        for name, view in {
            "take-check": counter.CHECK,
            "take-check-plan": plan_payments.TAKE_CHECK,
            "take-check-over": counter.CHECK_OVER,
            "take-check-copay": counter.CHECK_COPAY,
        }.items()
    },
    **{
        f"desk-receipt-{name}": SamplePage("money/counter/receipt.html", view, more=OVERSEER)
        for name, view in {
            "cash": counter.RECEIPT,
            "voided": counter.RECEIPT_VOIDED,
            "check": counter.RECEIPT_CHECK,
            "returned": counter.RECEIPT_RETURNED,
            "copay": counter.RECEIPT_COPAY,
            "to-ask": counter.RECEIPT_TO_ASK,
            "asked": counter.RECEIPT_ASKED,
            "asked-by-me": counter.RECEIPT_OF_MINE_ASKED,
            "missing": counter.RECEIPT_MISSING,
            "lost": counter.RECEIPT_LOST,
        }.items()
    },
    **{
        f"drawer-{name}": SamplePage("money/counter/drawer.html", view, CloseForm, more=OVERSEER)
        for name, view in {
            "open": counter.DRAWER,
            "counted": counter.DRAWER_COUNTED,
            "closed": counter.DRAWER_CLOSED,
        }.items()
    },
    "drawer-count": SamplePage("money/counter/count.html", counter.COUNT, CountForm, more=CLERK),
    "deposit-slip": SamplePage("money/counter/slip.html", counter.SLIP, more=CLERK),
    "card-machine": SamplePage("money/counter/batch.html", counter.BATCH, BatchForm, more=CLERK),
    "card-machine-wrong": SamplePage(
        "money/counter/batch.html", counter.BATCH, BatchForm, {"amount": "x"}, more=CLERK
    ),
    "deposit-slip-found": SamplePage(
        "money/counter/slip.html", counter.SLIP_OF_ONE_CHECK, more=OVERSEER
    ),
    "card-machine-manager": SamplePage(
        "money/counter/batch.html", counter.BATCH_OF_MANAGER, BatchForm, more=OVERSEER
    ),
    "machine-batch": SamplePage(
        "money/counter/machine_batch.html", counter.MACHINE_BATCH, TakeBackForm, more=OVERSEER
    ),
    "machine-batch-no-reason": SamplePage(
        "money/counter/machine_batch.html",
        counter.MACHINE_BATCH,
        TakeBackForm,
        {"reason": ""},
        more=OVERSEER,
    ),
    "machine-batch-back": SamplePage(
        "money/counter/machine_batch.html", counter.MACHINE_BATCH_BACK, TakeBackForm, more=CLERK
    ),
    "card-machine-none": SamplePage(
        "money/counter/batch.html", counter.NO_BATCH, BatchForm, more=CLERK
    ),
    "desk-day": SamplePage("money/counter/day.html", counter.DAY, more=OVERSEER),
    "desk-day-empty": SamplePage("money/counter/day.html", counter.DAY_EMPTY, more=CLERK),
    "person-empty": SamplePage("desk/person.html", desk.PERSON_EMPTY, AccountHoldForm, more=STAFF),
    "person-cannot-send": SamplePage(
        "desk/person.html", desk.PERSON_CANNOT_SEND, AccountHoldForm, more=STAFF
    ),
    "desk-statement": SamplePage(
        "desk/statement.html",
        patients.ANA_STATEMENT,
        more={"guarantor_id": patients.GUARANTOR_ID},
    ),
    "insurance": SamplePage("insurance/index.html", posters.INSURANCE, more=STAFF),
    "insurance-empty": SamplePage("insurance/index.html", posters.INSURANCE_EMPTY, more=POSTER),
    "quarantine": SamplePage("insurance/quarantine.html", posters.QUARANTINE_LIST, more=STAFF),
    "quarantine-empty": SamplePage(
        "insurance/quarantine.html", posters.NOTHING_LISTED, more=POSTER
    ),
    "holds": SamplePage("insurance/holds.html", posters.HOLD_LIST, more=STAFF),
    "waiting-claims": SamplePage("insurance/waiting.html", posters.WAITING_LIST, more=STAFF),
    "silent": SamplePage("insurance/silent.html", posters.SILENT_LIST, more=STAFF),
    "imports": SamplePage("insurance/imports.html", posters.IMPORT_LIST, more=STAFF),
    "import": SamplePage("insurance/import.html", posters.FILE, more=STAFF),
    "quarantined": SamplePage(
        "insurance/quarantine_claim.html", posters.QUARANTINED, ResolveForm, more=STAFF
    ),
    "quarantined-without-reason": SamplePage(
        "insurance/quarantine_claim.html",
        posters.QUARANTINED,
        ResolveForm,
        {"act": "rejected"},
        more=STAFF,
    ),
    "quarantined-of-another-claim": SamplePage(
        "insurance/quarantine_claim.html",
        posters.QUARANTINE_OF_ANOTHER_CLAIM,
        ResolveForm,
        {"act": "moved", "claim_id": str(posters.QUARANTINE_OF_ANOTHER_CLAIM.targets[0].claim_id)},
        more=STAFF,
    ),
    "quarantine-ended": SamplePage(
        "insurance/quarantine_claim.html", posters.QUARANTINE_ENDED, ResolveForm, more=STAFF
    ),
    "withheld": SamplePage(
        "insurance/quarantine_payment.html", posters.WITHHELD, ResolveForm, more=STAFF
    ),
    "withheld-stuck": SamplePage(
        "insurance/quarantine_payment.html", posters.WITHHELD_STUCK, ResolveForm, more=STAFF
    ),
    "claim": SamplePage("insurance/claim.html", posters.CLAIM, ReleaseForm, more=STAFF),
    "claim_joined": SamplePage(
        "insurance/claim.html", posters.CLAIM_JOINED, ReleaseForm, more=STAFF
    ),
    "claim-wrong": SamplePage(
        "insurance/claim.html",
        posters.CLAIM,
        ReleaseForm,
        {"kind": "crossover", "reason": ""},
        more=POSTER,
    ),
    "coverages": SamplePage(
        "insurance/coverages.html", posters.COVERAGES, CoverageForm, more=STAFF
    ),
    "coverages-none": SamplePage(
        "insurance/coverages.html",
        replace(posters.COVERAGES, coverages=()),
        CoverageForm,
        more=POSTER,
    ),
    "coverages-wrong": SamplePage(
        "insurance/coverages.html",
        posters.COVERAGES,
        CoverageForm,
        {"payer_id": "", "rank": "1", "starts_on": "2026-02-31"},
        more=POSTER,
    ),
    "upload": SamplePage(
        "insurance/upload.html", payments.UPLOADS, FileForm, more={**STAFF, "why": ""}
    ),
    "upload-empty": SamplePage(
        "insurance/upload.html",
        payments.NO_UPLOADS,
        FileForm,
        {},
        more={**POSTER, "why": "This is a gzip archive."},
    ),
    **{
        f"uploaded-{name}": SamplePage("insurance/upload_file.html", view, more=STAFF)
        for name, view in {
            "checked": payments.CHECKED,
            "sent-claims": payments.SENT_CLAIMS,
            "other": payments.OTHER_KIND,
            "waiting": payments.WAITING,
            "stuck": payments.STUCK,
            "failed": payments.FAILED,
            "refused": payments.REFUSED,
            "imported": payments.IMPORTED,
        }.items()
    },
    "payments": SamplePage("insurance/payments.html", payments.PAYMENTS, BankFileForm, more=STAFF),
    "payments-empty": SamplePage(
        "insurance/payments.html", payments.NO_PAYMENTS, BankFileForm, {}, more=POSTER
    ),
    "deposit-new": SamplePage(
        "insurance/payments_new_deposit.html",
        None,
        DepositForm,
        {"deposited_on": "soon", "amount": "x"},
        more={**STAFF, "awaited": payments.PAYMENTS.awaited},
    ),
    "deposit-new-none": SamplePage(
        "insurance/payments_new_deposit.html", None, DepositForm, more={**STAFF, "awaited": ()}
    ),
    "deposit-open": SamplePage(
        "insurance/payments_deposit.html", payments.OPEN_DEPOSIT, MatchDepositForm, {}, more=STAFF
    ),
    "deposit-matched": SamplePage(
        "insurance/payments_deposit.html", payments.MATCHED_DEPOSIT, MatchDepositForm, more=STAFF
    ),
    "deposit-aside": SamplePage(
        "insurance/payments_deposit.html", payments.SET_ASIDE, MatchDepositForm, more=POSTER
    ),
    "fees": SamplePage(
        "insurance/fees.html", payments.FEES, FeeFileForm, more={**STAFF, **FEE_CHOICES}
    ),
    "fees-empty": SamplePage(
        "insurance/fees.html", payments.NO_FEES, FeeFileForm, {}, more={**POSTER, **FEE_CHOICES}
    ),
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
    "sync": SamplePage("insurance/sync.html", books.SYNC, more=STAFF),
    "sync-empty": SamplePage("insurance/sync.html", books.SYNC_EMPTY, more=POSTER),
    "feed": SamplePage(
        "insurance/feed.html", books.FEED, SettleForm, more={**STAFF, "wrong_row_id": None}
    ),
    "feed-no-reason": SamplePage(
        "insurance/feed.html",
        books.FEED,
        SettleForm,
        {},
        more={**POSTER, "wrong_row_id": books.FEED.refused[0].row_id},
    ),
    "feed-empty": SamplePage(
        "insurance/feed.html", books.FEED_EMPTY, SettleForm, more={**POSTER, "wrong_row_id": None}
    ),
}

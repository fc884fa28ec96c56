"""Sample views of what posters see: imports, quarantine, claims, deposits, prices, the feed."""

from collections.abc import Mapping
from dataclasses import replace

from portal.domain.fee_file import COLUMNS
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
from portal.sync.forms import SettleForm
from tests.web import sample_books_views as books
from tests.web import sample_insurance_views as posters
from tests.web import sample_payments as payments
from tests.web.sample_page import POSTER, STAFF, SamplePage

FEE_CHOICES = {"columns": COLUMNS, "choices": DAYS}

INSURANCE: Mapping[str, SamplePage] = {
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

"""A made-up feed file with one row of each kind, to be copied."""

from datetime import datetime, timedelta

from portal.connectors.practice_systems.feed import write_feed


def feed_template(practice_slug: str, *, now: datetime) -> bytes:
    """Days and numbers are examples; `portal feed import --dry-run` refuses accounts unknown."""
    lately = (now.date() - timedelta(days=1)).isoformat()  # past in every time zone
    day = (now.date() - timedelta(days=20)).isoformat()
    rows = (
        ("opening_balance", "OB-1", "J-1041", "C-9001", day, "12050", lately, "", "", "", "", ""),
        ("opening_credit", "OC-1", "J-1042", "", "", "1500", lately, "", "", "", "", ""),
        ("self_pay_charge", "CH-7", "J-1043", "C-9007", day, "9500", day, "", "", "", "", ""),
        ("receipt", "R-51", "J-1041", "", day, "3000", day, "cash", "COPAY", "", "", ""),
        ("receipt", "R-52", "J-1041", "C-9001", "", "2000", lately, "check", "MAIL", "", "", ""),
        ("refund", "F-3", "J-1041", "", "", "500", lately, "", "RFND", "", "R-52", ""),
        ("adjustment", "A-8", "J-1043", "C-9007", "", "950", lately, "", "PPD", "courtesy", "", ""),
        ("void", "V-2", "", "", "", "0", lately, "", "", "", "R-51", ""),
    )
    return write_feed(rows, practice_slug=practice_slug, created_at=now)

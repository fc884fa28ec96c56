"""Reports of what became of a mail, as mail servers write them (RFC 3464)."""

from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

ADDRESS = "ana.reyes@example.com"
DIAGNOSIS = "smtp; 550 5.1.1 <ana.reyes@example.com> Mateo is not here"


def report(
    action: str,
    *,
    envelope_id: str = "",
    message_id: str = "",
    status: str = "",
    report_type: str = "delivery-status",
) -> bytes:
    """One report about one address; ids that are not given are not in it."""
    whole = MIMEMultipart("report", report_type=report_type)
    whole["From"] = "MAILER-DAEMON@mail.example"
    whole["To"] = "billing@portal.example"
    whole["Subject"] = f"About {ADDRESS}"
    whole.attach(MIMEText(f"This is about your mail to {ADDRESS}."))
    per_message, per_recipient = Message(), Message()
    per_message["Reporting-MTA"] = "dns; mail.example"
    if envelope_id:
        per_message["Original-Envelope-Id"] = envelope_id
    per_recipient["Final-Recipient"] = f"rfc822; {ADDRESS}"
    per_recipient["Action"] = action
    per_recipient["Status"] = status
    per_recipient["Diagnostic-Code"] = DIAGNOSIS
    facts = MIMENonMultipart("message", "delivery-status")
    facts.set_payload([per_message, per_recipient])
    whole.attach(facts)
    if message_id:
        headers = MIMEText(f"To: {ADDRESS}\nMessage-ID: <{message_id}@portal.example>\n")
        headers.set_type("text/rfc822-headers")
        whole.attach(headers)
    return whole.as_bytes()


def with_whole_mail(action: str, *, message_id: str) -> bytes:
    """As from a server that returns all of it."""
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole.attach(MIMEText("Sorry."))
    facts = MIMENonMultipart("message", "delivery-status")
    recipient = Message()
    recipient["Final-Recipient"] = f"rfc822; {ADDRESS}"
    recipient["Action"] = action
    facts.set_payload([Message(), recipient])
    whole.attach(facts)
    mail = MIMEText("A statement is ready.")
    mail["Message-ID"] = f"<{message_id}@portal.example>"
    whole.attach(MIMEMessage(mail))
    return whole.as_bytes()

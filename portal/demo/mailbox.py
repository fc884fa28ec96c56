"""The demo's mail: kept in a folder and shown on a page instead of being sent anywhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from portal.connectors.mailer import Mail


@dataclass(frozen=True, slots=True)
class KeptMail:
    """One mail as its reader would see it."""

    mail_id: UUID
    written_at: datetime
    sender_name: str
    to_address: str
    language: str
    subject: str
    text: str


class Mailbox:
    """Fulfils the Mailer protocol. Mail leaves nobody's machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: Mail) -> None:
        """Keep a mail."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = {
            "written_at": mail.written_at.isoformat(),
            "sender_name": mail.sender_name,
            "to_address": mail.to_address,
            "language": mail.language,
            "subject": mail.subject,
            "text": mail.text,
        }
        path = self._folder / f"{uuid4()}.json"
        path.write_text(json.dumps(facts), encoding="utf-8")

    def all(self) -> Sequence[KeptMail]:
        """Newest first."""
        kept = [_read(path) for path in self._folder.glob("*.json")]
        return sorted(kept, key=lambda mail: mail.written_at, reverse=True)

    def find(self, mail_id: UUID) -> KeptMail | None:
        """One mail, or None."""
        path = self._folder / f"{mail_id}.json"
        return _read(path) if path.exists() else None


def _read(path: Path) -> KeptMail:
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["written_at"] = datetime.fromisoformat(facts["written_at"])
    return KeptMail(mail_id=UUID(path.stem), **facts)

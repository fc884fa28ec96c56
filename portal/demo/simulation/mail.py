"""A mail server that is away now and then, and keeps what it was given by its id."""

import random
from collections import Counter
from typing import Final

from portal.connectors.mailer import Mail, MailUnavailableError

_AWAY_SHARE: Final = 0.1


class MailInTrouble:
    """Fulfils the Mailer protocol. `is_well` ends the trouble."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.is_well = False
        self.taken: Counter[str] = Counter()

    def send(self, mail: Mail) -> None:
        """Raises MailUnavailableError."""
        if not self.is_well and self._chance.random() < _AWAY_SHARE:
            raise MailUnavailableError
        self.taken[mail.message_id] += 1

"""How often one file may decide under one claim number: what it says is held against all of that.

Each decision is held against every other of its number, so that their cost grows with the square.
"""

from collections import Counter
from typing import Final

from portal.domain.remittance import ClaimPayment
from portal.remittances.findings import UnreadableRemittanceError

MOST_OF_A_NUMBER: Final = 500  # a payer needs a handful, an account of a large family some dozens
_GROUPS = 1 << 16  # numbers are counted in groups: memory has to stay flat in the size of a file


class NumberBound:
    """Counts the claims of a file by number (CLP01).

    Numbers of one group count together, which the first ten million claims do not notice.
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def count(self, claim: ClaimPayment) -> None:
        """One more. Raises UnreadableRemittanceError when it is one too many."""
        group = hash(claim.number) % _GROUPS
        self._counts[group] += 1
        if self._counts[group] > MOST_OF_A_NUMBER:
            raise UnreadableRemittanceError(
                f"More than {MOST_OF_A_NUMBER} claims of the file have the same number (CLP01), "
                f"the last of them in segment {claim.segment_number}, so the file is damaged."
            )

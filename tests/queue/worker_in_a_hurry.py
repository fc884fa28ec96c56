"""A worker as a process of its own, whose job lasts until a file is there; short of patience.

Started by test_absence.py as `python worker_in_a_hurry.py URL FILE`.
"""

import sys
import time
from pathlib import Path

from portal.queue import Job, Pace, run_worker
from portal.web import logs

PACE = Pace(fetch=0.2, heartbeat=0.3, tidy=0.5, stalled=1.5, answer=1, reconnect=0.2)


def main(url: str, end: Path) -> None:
    """Work until stopped."""

    def sweep(*, practice_id: str) -> None:
        logs.log.info("sweep began", practice_id=practice_id)
        while not end.exists():
            time.sleep(0.05)

    logs.configure(as_json=True)
    run_worker(url, {"sweep_payments": Job(sweep)}, wait=True, pace=PACE)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

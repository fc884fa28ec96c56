"""How Python is set while a file is imported: threads take short turns, garbage waits longer."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

_TURN = timedelta(microseconds=200)
_USUAL_TURN_SECONDS = sys.getswitchinterval()
_YOUNG_OBJECTS = 50_000  # a batch keeps more than that until it is on its way
_USUAL_THRESHOLDS = gc.get_threshold()


@contextmanager
def import_pace() -> Iterator[None]:
    """While one thread decides another loads, which needs Python for moments only, but often.

    Having to wait for each of them would leave PostgreSQL without work for a third of the time.
    """
    sys.setswitchinterval(_TURN.total_seconds())
    gc.set_threshold(_YOUNG_OBJECTS, *_USUAL_THRESHOLDS[1:])
    try:
        yield
    finally:
        sys.setswitchinterval(_USUAL_TURN_SECONDS)
        gc.set_threshold(*_USUAL_THRESHOLDS)

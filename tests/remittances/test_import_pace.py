"""Python is set for an import as long as the import lasts."""

import gc
import sys

import pytest

from portal.remittances.posting.pace import import_pace


def test_threads_take_short_turns_and_garbage_waits_until_the_import_ends() -> None:
    before = sys.getswitchinterval(), gc.get_threshold()
    with import_pace():
        assert sys.getswitchinterval() < before[0]
        assert gc.get_threshold()[0] > before[1][0]
    assert (sys.getswitchinterval(), gc.get_threshold()) == before


def test_an_import_that_fails_leaves_nothing_behind() -> None:
    before = sys.getswitchinterval(), gc.get_threshold()
    with pytest.raises(ZeroDivisionError), import_pace():
        raise ZeroDivisionError
    assert (sys.getswitchinterval(), gc.get_threshold()) == before

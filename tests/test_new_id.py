"""Ids made by the portal are UUIDs like any other."""

import copy
import pickle
from uuid import UUID

from portal.db import new_id


def test_an_id_is_a_version_7_uuid_equal_to_what_its_text_says() -> None:
    one = new_id()
    other = UUID(str(one))
    assert one.version == 7
    assert (one, hash(one), one.hex, one.bytes) == (other, hash(other), other.hex, other.bytes)
    assert one == other
    assert other == one


def test_an_id_can_be_copied() -> None:
    one = new_id()
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 — our own


def test_a_later_id_sorts_behind() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert [str(one) for one in ids] == sorted(map(str, ids))

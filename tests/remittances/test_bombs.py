"""Files made to wear a reader out: each is refused or read, in time and with little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import portal
from tests.remittances.bombs import BOMBS, FULL_SIZE
from tests.remittances.sane_reading import assert_sentence

_SMALLER = 500_000
_MOST_MB = 300
_ROOT = Path(portal.__file__).parent.parent


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_refused_in_time_with_little_memory(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A limit of the process ends what computes for more than 2 s a MB: then it has no answer."""
    bomb = BOMBS[name]
    is_full = bomb.at_once or request.config.getoption("--proof")
    path = tmp_path / "bomb.835"
    path.write_bytes(bomb.make(FULL_SIZE if is_full else _SMALLER))
    done = subprocess.run(
        [sys.executable, "-m", "tests.remittances.bombs", str(path)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["checked"] == answer["read"]
    assert answer["peak_mb"] < _MOST_MB
    if bomb.outcome:
        assert_sentence(answer["read"])
        assert answer["read"].startswith(bomb.outcome)
    else:
        assert answer["read"] >= 0

"""`portal payments reconcile` as a person types it."""

from pathlib import Path

from tests.cli.test_commands import portal


def test_a_day_that_is_none_is_refused_with_a_sentence(tmp_path: Path) -> None:
    wrong = portal(tmp_path / "home", "payments", "reconcile", "yesterday")
    assert wrong.returncode == 2
    assert "yesterday" in wrong.stderr

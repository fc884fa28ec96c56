"""A folder that files are dropped into: what is taken, what is left alone, where it goes."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError

from portal.db import LoaderMissingError
from portal.remittances.incoming.file_name import shown_name
from portal.remittances.incoming.incoming_file import FileSource, OpenFile
from portal.remittances.incoming.watch import DatabaseAwayError, Outcome, Seen, Watch
from portal.remittances.incoming.watch_folder import (
    FolderRefusedError,
    Looks,
    Sight,
    WatchedFolder,
    held,
    is_dated_ahead,
    looks_by_age,
)
from portal.remittances.models import RemittanceFile
from portal.remittances.posting.report import ImportReport
from portal.remittances.sent.claims import import_any
from portal.remittances.sent.report import SentReport
from tests.remittances import fhir_text
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim
from tests.remittances.x12_text import CLAIM, encoded, interchange, transaction

Bring = Callable[[OpenFile], ImportReport | SentReport]
SOUND = encoded(interchange(transaction(*CLAIM)))
ANSWERS = encoded(interchange(["ST*271*0001*005010X279A1", "SE*2*0001"]))
MANY = 10


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(drop: Path) -> Iterator[WatchedFolder]:
    with held(drop) as watched:
        yield watched


def into(desk: ImportDesk) -> Callable[[FileSource], ImportReport | SentReport]:
    """The real import."""

    def bring(file: FileSource) -> ImportReport | SentReport:
        return import_any(
            desk.database,
            desk.practice,
            file,
            create_patients=True,
            now=NOW,
            today=TODAY,
            imported_by="test",
        )

    return bring


def taken(folder: WatchedFolder, bring: Bring, *, looks: int = 2) -> list[Seen]:
    """What is told after so many looks at files that do not change."""
    watch, counted = Watch(folder, bring), Looks()
    told = [
        watch.take(sight, count)
        for _ in range(looks)
        for sight, count in counted.count(folder.files()).items()
    ]
    return [seen for seen in told if seen is not None]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_whole_file_is_imported_at_the_second_look_and_moved(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    desk.write(SentClaim()).rename(drop / "a.835")
    assert taken(folder, into(desk), looks=1) == []
    (seen,) = taken(folder, into(desk))
    assert (seen.file, seen.outcome) == ("a.835", Outcome.IMPORTED)
    assert seen.as_json()["claims_posted"] == 1
    assert names(drop) == ["done", "refused"]
    assert names(drop / "done") == ["a.835"]
    assert desk.claim().paid_cents == 5_000
    assert desk.findings() == []


def test_a_file_that_grows_is_left_alone_until_it_has_stopped(
    drop: Path, folder: WatchedFolder
) -> None:
    file = drop / "a.835"
    counted = Looks()
    for end in (100, 200, len(SOUND)):
        file.write_bytes(SOUND[:end])
        assert list(counted.count(folder.files()).values()) == [1]
    assert list(counted.count(folder.files()).values()) == [2]


def test_a_file_without_its_end_waits_long_and_is_then_refused_with_the_sentence(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    (drop / "half.835").write_bytes(SOUND[: len(SOUND) // 2])
    assert taken(folder, into(desk), looks=MANY - 1) == []
    (seen,) = taken(folder, into(desk), looks=MANY)
    assert seen.outcome is Outcome.REFUSED
    assert seen.message.startswith("The file is cut off or damaged:")
    assert names(drop / "refused") == ["half.835", "half.835.txt"]
    assert (drop / "refused" / "half.835.txt").read_text() == f"{seen.message}\n"
    assert desk.count(RemittanceFile) == 0


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\n\n\x1a", b"\0\0"])
def test_the_end_of_an_interchange_is_known_whatever_pads_it(
    drop: Path, folder: WatchedFolder, ending: bytes
) -> None:
    (drop / "a.835").write_bytes(SOUND + ending)
    assert len(taken(folder, _accept)) == 1


def test_what_is_not_for_us_is_named_in_one_sentence_and_set_aside(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    (drop / "answers.271").write_bytes(ANSWERS)
    (seen,) = taken(folder, into(desk))
    assert seen.as_json() == {
        "file": "answers.271",
        "outcome": "refused",
        "error": "This is not an 835 remittance: it holds eligibility answers (271).",
    }


def test_the_same_file_again_posts_nothing_and_keeps_both(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    content = desk.write(SentClaim()).read_bytes()
    reports = []
    for _ in range(3):
        (drop / "a.835").write_bytes(content)
        (seen,) = taken(folder, into(desk))
        reports.append((seen.report["claims_posted"], seen.report["duplicates"]))
    assert reports == [(1, 0), (0, 1), (0, 1)]
    assert names(drop / "done") == ["a-2.835", "a-3.835", "a.835"]
    assert desk.count(RemittanceFile) == 1


def test_what_was_imported_but_not_moved_when_the_process_died_is_moved_next_time(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    file = drop / "a.835"
    desk.write(SentClaim()).rename(file)
    into(desk)(file)  # and then kill -9
    (seen,) = taken(folder, into(desk))
    assert (seen.report["claims_posted"], seen.report["duplicates"]) == (0, 1)
    assert names(drop / "done") == ["a.835"]
    assert desk.claim().paid_cents == 5_000


def test_links_folders_hidden_and_unfinished_names_are_passed_over(
    tmp_path: Path, drop: Path, folder: WatchedFolder
) -> None:
    secret = tmp_path / "secret.835"
    secret.write_bytes(SOUND)
    (drop / "link.835").symlink_to(secret)
    (drop / "folder.835").mkdir()
    os.mkfifo(drop / "pipe.835")
    for name in (".hidden.835", "a.835.part", "b.835.TMP", "c.filepart"):
        (drop / name).write_bytes(SOUND)
    assert folder.files() == []


def test_a_name_that_is_no_utf_8_is_imported_and_shown_as_far_as_it_goes(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    raw = os.fsencode(drop) + b"/\xe9tat\x07.835"
    Path(os.fsdecode(raw)).write_bytes(desk.write(SentClaim()).read_bytes())
    (seen,) = taken(folder, into(desk))
    assert seen.file == "�tat�.835"
    assert list(map(os.fsencode, names(drop / "done"))) == [b"\xe9tat\x07.835"]
    assert desk.claim().paid_cents == 5_000


def test_a_name_that_is_very_long_is_shortened_before_its_ending() -> None:
    name = shown_name("/x/" + "a" * 250 + ".835")
    assert (len(name.encode()), name[-7:]) == (200, "aa….835")


def test_a_file_that_changes_during_its_import_is_looked_at_again(
    drop: Path, folder: WatchedFolder
) -> None:
    file = drop / "a.835"
    file.write_bytes(SOUND)

    def growing(brought: OpenFile) -> ImportReport:
        with file.open("ab") as stream:
            stream.write(SOUND)
        return _accept(brought)

    assert taken(folder, growing) == []
    assert names(drop) == ["a.835", "done", "refused"]


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError(),
        psycopg.InterfaceError(),
        errors.ConnectionFailure(),
        errors.AdminShutdown(),
        OperationalError("SELECT", {}, errors.ReadOnlySqlTransaction()),
    ],
)
def test_while_the_database_is_away_the_file_stays(
    drop: Path, folder: WatchedFolder, error: Exception
) -> None:
    (drop / "a.835").write_bytes(SOUND)

    def away(_file: OpenFile) -> ImportReport:
        raise error

    with pytest.raises(DatabaseAwayError):
        taken(folder, away)
    assert names(drop) == ["a.835", "done", "refused"]


@pytest.mark.parametrize(
    "error", [errors.SerializationFailure(), errors.DiskFull(), errors.LockNotAvailable()]
)
def test_what_passes_is_tried_again_and_told_once_and_the_next_file_is_taken(
    drop: Path, folder: WatchedFolder, error: psycopg.Error
) -> None:
    for name in ("a.835", "b.835"):
        (drop / name).write_bytes(SOUND)
    tries = []

    def busy(file: OpenFile) -> ImportReport:
        if file.name == "a.835":
            tries.append(file)
            raise error
        return _accept(file)

    waiting, done = taken(folder, busy, looks=4)
    assert (waiting.file, waiting.outcome, len(tries)) == ("a.835", Outcome.WAITING, 3)
    assert (done.file, done.outcome) == ("b.835", Outcome.IMPORTED)
    assert names(drop) == ["a.835", "done", "refused"]


def test_a_file_that_the_database_cannot_hold_is_refused_and_the_next_is_taken(
    drop: Path, folder: WatchedFolder
) -> None:
    for name in ("a.835", "b.835"):
        (drop / name).write_bytes(SOUND)

    def poisoned(file: OpenFile) -> ImportReport:
        if file.name == "a.835":
            raise OperationalError("INSERT", {}, errors.ProgramLimitExceeded())
        return _accept(file)

    refused, done = taken(folder, poisoned)
    assert (refused.file, refused.outcome) == ("a.835", Outcome.REFUSED)
    assert (done.file, done.outcome) == ("b.835", Outcome.IMPORTED)


def test_names_in_fhir_are_cut_to_what_an_index_holds(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    odd = "".join(chr(0x20000 + number * 7919 % 0xA000) for number in range(400))
    somebody = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": odd, "given": [odd]}],
        "identifier": [{"type": {"coding": [{"code": "MB"}]}, "value": odd}],
    }
    told = fhir_text.eob(patient={"reference": "Patient/p1"})
    (drop / "a.json").write_bytes(fhir_text.written(fhir_text.told(somebody, told)))
    (seen,) = taken(folder, into(desk), looks=MANY)
    assert (seen.outcome, seen.message) == (Outcome.IMPORTED, "")


def test_without_a_loader_the_file_stays_and_the_watcher_ends(
    drop: Path, folder: WatchedFolder
) -> None:
    (drop / "a.835").write_bytes(SOUND)

    def bring(_file: OpenFile) -> ImportReport:
        raise LoaderMissingError

    with pytest.raises(LoaderMissingError):
        taken(folder, bring)
    assert names(drop) == ["a.835", "done", "refused"]


def test_a_fault_of_ours_sets_one_file_aside_and_the_next_is_taken(
    drop: Path, folder: WatchedFolder
) -> None:
    for name in ("a.835", "b.835"):
        (drop / name).write_bytes(SOUND)

    def failing(file: OpenFile) -> ImportReport:
        if file.name == "a.835":
            raise ZeroDivisionError
        return _accept(file)

    first, second = taken(folder, failing)
    assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.IMPORTED)
    assert "its log says why" in first.message


def test_what_cannot_be_moved_is_told_once_and_not_imported_again_and_again(
    drop: Path, folder: WatchedFolder
) -> None:
    (drop / "a.835").write_bytes(SOUND)
    brought = []

    def bring(file: OpenFile) -> ImportReport:
        brought.append(file)
        (drop / "done").rmdir()
        return _accept(file)

    (seen,) = taken(folder, bring, looks=5)
    assert seen.message == "The file cannot be moved: No such file or directory."
    assert len(brought) == 1


def test_a_file_that_cannot_be_opened_waits_and_is_told_once(
    drop: Path, folder: WatchedFolder
) -> None:
    file = drop / "a.835"
    file.write_bytes(SOUND)
    watch = Watch(folder, _accept)
    (sight,) = folder.files()
    file.unlink()
    file.symlink_to("/etc/passwd")  # whoever may write there puts a link in its place
    seen = watch.take(sight, 2)
    assert seen is not None
    assert (seen.outcome, seen.message[:28]) == (Outcome.WAITING, "The file cannot be opened: T")
    assert watch.take(sight, 3) is None


def test_a_file_that_is_put_in_another_ones_place_is_not_read(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    file = drop / "a.835"
    file.write_bytes(SOUND)
    (sight,) = folder.files()
    desk.write(SentClaim()).rename(file)
    assert Watch(folder, into(desk)).take(sight, 2) is None
    assert desk.count(RemittanceFile) == 0


def test_what_was_opened_is_what_is_imported(
    desk: ImportDesk, drop: Path, tmp_path: Path, folder: WatchedFolder
) -> None:
    secret = desk.write(SentClaim(number="SECRET")).rename(tmp_path / "secret.835")
    file = drop / "a.835"
    file.write_bytes(desk.write(SentClaim()).read_bytes())

    def bring(opened: OpenFile) -> ImportReport | SentReport:
        file.unlink()
        file.symlink_to(secret)  # what a racing sender does
        return into(desk)(opened)

    assert taken(folder, bring) == []  # the file is no longer the one: it is looked at again
    assert list(desk.claims()) == ["A1"]


def test_a_reason_never_takes_the_place_of_another_file(
    desk: ImportDesk, drop: Path, folder: WatchedFolder
) -> None:
    (drop / "b.835.txt").write_bytes(b"to be kept")
    (drop / "b.835").write_bytes(b"garbage")
    taken(folder, into(desk), looks=MANY)
    (drop / "b.835").write_bytes(b"garbage again")
    taken(folder, into(desk), looks=MANY)
    kept = {path.read_bytes() for path in (drop / "refused").iterdir()}
    assert {b"to be kept", b"garbage", b"garbage again"} <= kept
    assert len(names(drop / "refused")) == 6


def test_a_reason_is_not_written_through_a_link(
    desk: ImportDesk, drop: Path, tmp_path: Path, folder: WatchedFolder
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (drop / "refused" / "a.835.txt").symlink_to(precious)
    (drop / "a.835").write_bytes(b"garbage")
    taken(folder, into(desk), looks=MANY)
    assert precious.read_text() == "precious"
    assert names(drop / "refused") == ["a-2.835", "a-2.835.txt", "a.835.txt"]


@pytest.mark.parametrize("name", ["x" * 250 + ".835", "x." + "8" * 253, "é" * 125 + ".835"])
def test_a_name_that_is_very_long_is_cut_when_its_file_is_moved(
    desk: ImportDesk, drop: Path, folder: WatchedFolder, name: str
) -> None:
    for _ in range(2):
        (drop / name).write_bytes(b"garbage")
        (seen,) = taken(folder, into(desk), looks=MANY)
        assert "cannot be moved" not in seen.message
    assert names(drop) == ["done", "refused"]
    assert len(names(drop / "refused")) == 4


@pytest.mark.parametrize("name", ["done", "refused", ".portal-watch.lock"])
def test_what_leads_elsewhere_or_is_somebody_elses_is_refused(tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / name).symlink_to(elsewhere)
    with pytest.raises(FolderRefusedError, match="is a link"), held(drop):
        pass
    (drop / name).unlink()
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    (drop / name).mkdir() if "." not in name else (drop / name).touch()
    os.chown(drop / name, 12_345, -1)
    with pytest.raises(FolderRefusedError, match="belongs to another user"), held(drop):
        pass


def test_only_one_may_watch_a_folder(drop: Path, folder: WatchedFolder) -> None:
    with pytest.raises(FolderRefusedError, match="already"), held(drop):
        pass


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRefusedError, match="is not a folder"), held(tmp_path / "nowhere"):
        pass
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "done").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderRefusedError, match="is a link"), held(tmp_path):
        pass


@pytest.mark.parametrize(("age", "looks"), [(0, 1), (29, 1), (30, 2), (299, 10), (-50, 1)])
def test_whoever_looks_once_goes_by_the_age_of_a_file(age: int, looks: int) -> None:
    changed_ns = (int(NOW.timestamp()) - age) * 10**9
    sight = Sight(Path("a.835"), 1, 10, changed_ns)
    assert looks_by_age([sight], now=NOW, every=timedelta(seconds=30)) == {sight: looks}


@pytest.mark.parametrize(("ahead", "expected"), [(-1, False), (0, False), (1, True)])
def test_a_time_of_change_in_the_future_is_noticed(ahead: int, *, expected: bool) -> None:
    sight = Sight(Path("a.835"), 1, 10, (int(NOW.timestamp()) + ahead) * 10**9)
    assert is_dated_ahead(sight, now=NOW) is expected


def _accept(file: OpenFile) -> ImportReport:
    return ImportReport(str(file), 1, 0, 0, 0, 4, {"posted": 10_000}, 8_000)

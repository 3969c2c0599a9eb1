"""Results on disk are whole or absent: under a full disk, a refused rename, other people's files, and an interrupt."""

import errno
import os
import socket
import stat
import threading

import pytest

from limbeck.cli.writing import ResultDirectory, WriteError, write_file
from limbeck.report import writing

TEXTS = {"distillation.json": "new", "tree.txt": "ü │\n"}


def listing(path):
    return {str(p.relative_to(path)): p.read_text(encoding="utf-8") for p in path.rglob("*") if p.is_file()}


@pytest.fixture
def full_disk(monkeypatch):
    real = writing.write_new

    def fails(path, data):
        real(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing, "write_new", fails)


def test_a_new_directory_is_one_that_others_can_read(tmp_path):
    ResultDirectory(str(tmp_path / "out")).write(TEXTS)
    assert listing(tmp_path / "out") == TEXTS
    assert os.listdir(tmp_path) == ["out"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o777 & ~mask


def test_nothing_is_left_by_the_check_before_the_work(tmp_path):
    ResultDirectory(str(tmp_path / "out"))
    assert os.listdir(tmp_path) == []


def test_an_earlier_result_is_replaced_whole(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("distillation.json", "summary.json"):
        (out / name).write_text("old")
    ResultDirectory(str(out)).write(TEXTS)
    assert listing(tmp_path) == {f"out/{name}": text for name, text in TEXTS.items()}


def test_an_empty_directory_and_a_link_are_taken(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    ResultDirectory(str(tmp_path / "link")).write(TEXTS)
    assert listing(tmp_path / "real") == TEXTS
    assert (tmp_path / "link").is_symlink()


def test_other_files_are_refused_and_with_force_kept(tmp_path):
    out = tmp_path / "out"
    (out / "photos").mkdir(parents=True)
    (out / "photos" / "cat").write_text("meow")
    (out / "distillation.json").write_text("old")
    with pytest.raises(WriteError, match="`photos`") as caught:
        ResultDirectory(str(out))
    assert "--force" in caught.value.remedy
    ResultDirectory(str(out), force=True).write(TEXTS)
    assert listing(tmp_path) == {"out/photos/cat": "meow", **{f"out/{name}": text for name, text in TEXTS.items()}}


@pytest.mark.parametrize("place", ["file", "file/inside", "absent/out", "file/inside/out"])
def test_places_that_cannot_be_written_are_found_before_the_work(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError) as caught:
        ResultDirectory(str(tmp_path / place), force=True)
    assert place in caught.value.asked
    assert listing(tmp_path) == {"file": "mine"}


def test_a_mount_point_is_refused():
    with pytest.raises(WriteError, match="a directory inside it"):
        ResultDirectory("/", force=True)


def test_a_full_disk_leaves_things_as_they_were(tmp_path, full_disk):
    with pytest.raises(WriteError, match="No space left"):
        ResultDirectory(str(tmp_path / "out")).write(TEXTS)
    assert os.listdir(tmp_path) == []
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "distillation.json").write_text("old")
    with pytest.raises(WriteError, match="No space left"):
        ResultDirectory(str(tmp_path / "out")).write(TEXTS)
    with pytest.raises(WriteError, match="No space left"):
        write_file(str(tmp_path / "answers.csv"), "a\n1\n")
    assert listing(tmp_path) == {"out/distillation.json": "old"}


@pytest.mark.parametrize("error", [OSError(errno.EBUSY, "Device or resource busy"), KeyboardInterrupt()])
def test_a_swap_that_fails_puts_the_earlier_result_back(tmp_path, monkeypatch, error):
    out = tmp_path / "out"
    out.mkdir()
    (out / "distillation.json").write_text("old")
    real = os.rename

    def fails(source, target):
        if os.path.basename(source) == "new" and not os.path.exists(target):
            raise error
        real(source, target)

    monkeypatch.setattr(writing.os, "rename", fails)
    monkeypatch.setattr(writing, "exchange", lambda a, b: False)  # as on a system that has no such call
    with pytest.raises((WriteError, KeyboardInterrupt)):
        ResultDirectory(str(out)).write(TEXTS)
    assert listing(tmp_path) == {"out/distillation.json": "old"}


def test_a_file_is_replaced_whole(tmp_path):
    (tmp_path / "answers.csv").write_text("old")
    write_file(str(tmp_path / "answers.csv"), "new\n")
    assert listing(tmp_path) == {"answers.csv": "new\n"}
    with pytest.raises(WriteError):
        write_file(str(tmp_path / "absent" / "answers.csv"), "new\n")


def test_names_of_every_length_that_a_disk_takes_are_taken(tmp_path):
    write_file(str(tmp_path / ("f" * 255)), "new\n")
    ResultDirectory(str(tmp_path / ("d" * 255))).write(TEXTS)
    with pytest.raises(WriteError, match="too long"):
        write_file(str(tmp_path / ("f" * 300)), "new\n")
    with pytest.raises(WriteError, match="too long"):
        ResultDirectory(str(tmp_path / ("d" * 300)))
    assert {len(name) for name in os.listdir(tmp_path)} == {255}


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path):
    place, link, got = tmp_path / "pipe", tmp_path / "link", []
    os.mkfifo(place)
    link.symlink_to(place)
    for path in (place, link):
        reader = threading.Thread(target=lambda: got.append(place.read_bytes()))
        reader.start()
        write_file(str(path), "a\n1\n")
        reader.join()
    assert got == [b"a\n1\n"] * 2
    assert stat.S_ISFIFO(place.stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe"]
    with pytest.raises(WriteError, match="a device or a pipe"):
        ResultDirectory(str(link), force=True)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")
def test_a_device_is_written_into_and_stays_a_device(tmp_path):
    (tmp_path / "link").symlink_to("/dev/null")
    for path in ("/dev/null", str(tmp_path / "link")):
        write_file(path, b"bytes")
        assert stat.S_ISCHR(os.stat(path).st_mode)
    with pytest.raises(WriteError, match="No space left"):
        write_file("/dev/full", "text")
    with pytest.raises(WriteError, match="a device or a pipe"):
        ResultDirectory("/dev/null")


def test_a_directory_and_a_socket_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        for place in (".", "socket"):
            with pytest.raises(WriteError):
                write_file(place, "text")
        assert stat.S_ISSOCK(os.stat("socket").st_mode)


def test_what_a_shell_opened_is_written_into(tmp_path, capsys):
    """Such as `--out /dev/stdout >> file`: the file is not replaced, and what is in it stays."""
    place = tmp_path / "all.sql"
    place.write_text("before\n")
    with place.open("a") as opened:
        write_file(f"/dev/fd/{opened.fileno()}", "after\n")
    assert place.read_text() == "before\nafter\n"
    (tmp_path / "link").symlink_to("/dev/stdout")
    for path in ("/dev/stdout", str(tmp_path / "link"), "/dev/fd/1"):
        write_file(path, "to stdout\n")
    assert capsys.readouterr().out == "to stdout\n" * 3

"""The result survives a file exactly, or nothing is written; a damaged file is refused."""

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from limbeck import Distillation, distill
from limbeck.distillation import Status
from limbeck.errors import InputError
from limbeck.report import writing
from limbeck.teachers import Teacher
from limbeck.theory import Certificate, ToleranceCertificate


class Layered(Teacher):
    def __init__(self):
        super().__init__("layered")
        self.layers = ("hidden",)

    def _run(self, native, layers):
        return native[:, 0] & native[:, 1], dict.fromkeys(layers, native[:, :3] * 1.0)


X = np.random.default_rng(0).integers(2, size=(160, 5))

RESULTS = {
    "classes": lambda: distill(lambda x: x[:, 0] ^ x[:, 1], X, max_leaves=4),
    "words": lambda: distill(lambda x: np.where(x[:, 0] > 0, "ja", "nein – “quoted”"), X, max_leaves=4),
    "booleans": lambda: distill(lambda x: x[:, 0] > 0, X, max_leaves=4),
    "numbers": lambda: distill(lambda x: 0.1 * x[:, 0] + x[:, 1] / 3, X, max_leaves=4),
    "numbers, too few rows": lambda: distill(lambda x: 0.1 * x[:, 0] + x[:, 1] / 3, X[:20], max_leaves=4),
    "layers": lambda: distill(Layered(), X, max_leaves=4),
    "no certificate": lambda: distill(lambda x: x[:, 0], X, certificate=0.0, validation=0.0),
    "one row": lambda: distill(lambda x: x[:, 0], X[:1]),
    "time limit": lambda: distill(lambda x: x[:, 0], X, time_limit=1e-9),
}


@pytest.fixture(scope="module")
def result():
    return RESULTS["classes"]()


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_survives_a_file_exactly(kind, tmp_path):
    result = RESULTS[kind]()
    result.save(tmp_path / "result.json")
    again = Distillation.load(tmp_path / "result.json")
    assert again.to_dict() == result.to_dict()
    assert again.tree == result.tree
    assert again.certificate == result.certificate
    assert type(again.certificate) is type(result.certificate)
    assert again.evidence == result.evidence
    assert again.reading == result.reading
    assert (again.status, again.ledger, again.notes) == (result.status, result.ledger, result.notes)
    assert np.array_equal(again.predict(X), result.predict(X))
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_the_results_above_cover_every_kind_of_claim():
    kinds = {name: RESULTS[name]() for name in ("classes", "numbers", "numbers, too few rows", "layers", "one row")}
    assert isinstance(kinds["classes"].certificate, Certificate)
    assert isinstance(kinds["numbers"].certificate, ToleranceCertificate)
    assert np.isfinite(kinds["numbers"].certificate.tolerance)
    assert np.isinf(kinds["numbers, too few rows"].certificate.tolerance)
    assert kinds["layers"].evidence is not None
    assert kinds["one row"].certificate is None


def test_saving_replaces_an_older_file(result, tmp_path):
    target = tmp_path / "result.json"
    target.write_text("old")
    result.save(str(target))
    assert Distillation.load(str(target)).tree == result.tree


def refused(result, target):
    with pytest.raises(InputError) as caught:
        result.save(target)
    assert str(target)[:40] in caught.value.asked
    assert caught.value.found
    assert caught.value.remedy


def test_a_place_that_cannot_be_written_to_is_refused_and_nothing_is_left_behind(result, tmp_path):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("kept")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    refused(result, tmp_path / "absent" / "result.json")
    refused(result, tmp_path / "file" / "result.json")
    refused(result, tmp_path / "folder")
    refused(result, tmp_path / ("x" * 300))
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_full_disk_leaves_the_older_file_as_it_was(step, result, tmp_path, monkeypatch):
    target = tmp_path / "result.json"
    target.write_text("old")
    whole = writing.write_new

    def half(path, data):
        whole(path, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    def never(*paths):
        raise OSError(28, "No space left on device")

    if step == "write":
        monkeypatch.setattr(writing, "write_new", half)
    else:
        monkeypatch.setattr("os.replace", never)
    refused(result, target)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert target.read_text() == "old"


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"format": "other"}', "\x00\x01", '{"format": null}'])
def test_a_file_of_another_kind_is_refused(content, tmp_path):
    target = tmp_path / "result.json"
    target.write_text(content)
    with pytest.raises(InputError) as caught:
        Distillation.load(target)
    assert caught.value.found
    assert caught.value.remedy


def test_a_file_that_is_absent_or_binary_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"absent.json"):
        Distillation.load(tmp_path / "absent.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(InputError, match=r"binary.json"):
        Distillation.load(tmp_path / "binary.json")
    with pytest.raises(InputError):
        Distillation.load(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 99},
        {"reading": {"task": "guess", "rule": "LABEL", "classes": [0, 1]}},
        {"reading": {"task": "binary", "rule": "COIN", "classes": [0, 1]}},
        {"reading": None},
        {"tree": {}},
        {"tree": None},
        {"frontier": [{}]},
        {"frontier": 3},
        {"certificate": {"error_limit": 0.5}},
        {"certificate": {}},
        {"evidence": {}},
        {"status": "UNKNOWN"},
        {"ledger": {"queries": 3}},
        {"ledger": []},
        {"notes": None},
    ],
    ids=lambda damage: json.dumps(damage)[:40],
)
def test_a_damaged_field_is_refused(damage, result):
    with pytest.raises(InputError) as caught:
        Distillation.from_dict(result.to_dict() | damage)
    assert caught.value.found


def test_a_field_that_is_absent_is_refused(result):
    for name in set(result.to_dict()) - {
        "diagnosis",
        "baseline",
        "exhibits",
        "weighted_by",
        "deferral",
    }:  # older files have none
        record = result.to_dict()
        del record[name]
        with pytest.raises(InputError):
            Distillation.from_dict(record)


def test_the_frontier_is_asked_by_size(result):
    assert result.best(1).n_leaves == 1
    assert result.best(16) is result.frontier[-1]
    with pytest.raises(InputError, match="max_leaves=0"):
        result.best(0)


def test_the_text_holds_frontier_tree_and_certificate(result):
    text = str(result)
    assert result.tree.literals[0].text() in text
    assert "fidelity" in text
    assert "40" in text, "the certificate's number of rows"


def test_every_status_says_what_happened():
    assert all(len(status.text) > 20 for status in Status)
    assert len({status.text for status in Status}) == len(Status)


def test_a_result_cannot_be_changed(result):
    with pytest.raises(FrozenInstanceError):
        result.tree = None

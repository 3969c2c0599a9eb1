"""A part of the random runs of `python -m tests.fuzz`, always the same seeds."""

import pytest
from tests.fuzz.commands import check_command, prepare
from tests.fuzz.distillations import check_distillation


@pytest.mark.no_cover
@pytest.mark.parametrize("first", range(0, 120, 20))
def test_random_distillations_end_well_or_in_an_error_that_says_why(first, tmp_path):
    ends = [check_distillation(seed, tmp_path) for seed in range(first, first + 20)]
    assert "done" in ends


@pytest.mark.no_cover
def test_random_commands_end_with_a_documented_exit_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    prepare(tmp_path)
    ends = {check_command(seed, tmp_path) for seed in range(60)}
    assert {"0", "2", "3", "4"} <= ends

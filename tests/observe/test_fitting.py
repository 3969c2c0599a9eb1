"""How long importing may take."""

from limbeck.observe import importing_seconds


def test_importing_takes_no_time_twice_and_more_on_a_busy_machine(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (0.5, 0.0, 0.0))
    alone = importing_seconds("sklearn.no_such_module")
    monkeypatch.setattr("os.getloadavg", lambda: (8.0, 0.0, 0.0))
    assert importing_seconds("sklearn.no_such_module") == 4 * alone > 0
    assert importing_seconds("sys") == 0

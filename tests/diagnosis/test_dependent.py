from limbeck.diagnosis import Diagnosis, Figure, Verdict, of_dependent_rows


def test_dependent_rows_come_first_and_the_rest_stays() -> None:
    found = Diagnosis(Verdict.FAITHFUL, (Figure("differ", 0.01, 100),), None, "use the tree")
    told = of_dependent_rows(found, "equal rows", 0.4, 300, "name groups")
    assert told.verdict is Verdict.DEPENDENT_ROWS
    assert told.lines == ("share of rows: equal rows: 0.4000 (n = 300)", *found.lines)
    assert told.remedy == "name groups"
    assert Diagnosis.from_dict(told.to_dict()) == told

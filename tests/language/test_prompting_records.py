"""The recorders repeat what they have recorded, and ask nothing twice."""

import numpy as np
import pandas as pd
import pytest

from largemodels.language.prompting import (
    formats_record,
    injection,
    injection_record,
    reasoning_record,
    shots_record,
    wordings_record,
)

pytestmark = [pytest.mark.models, pytest.mark.slow]
RUNS = {
    "wordings": (wordings_record, ["--first", "1"]),
    "shots": (shots_record, ["--what", "order", "--seeds", "1", "--first", "1"]),
    "formats": (formats_record, ["--prompts", "2 examples", "--decodings", "free", "--items", "4"]),
    "injection": (injection_record, ["--layers", "bare", "--attacks", "fake turn", "--reviews", "4"]),
    "reasoning": (reasoning_record, ["--runs", "picks/answer/0"]),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_part_is_as_recorded_and_asked_once(name, tmp_path, monkeypatch, capsys):
    module, asked = RUNS[name]
    out = tmp_path / f"{name}.csv"
    monkeypatch.setattr("sys.argv", ["record", *asked, "--out", str(out)])
    module.main()
    assert capsys.readouterr().out
    new = pd.read_csv(out, keep_default_na=False, dtype=str)
    whole = pd.read_csv(injection.RECORDED.with_name(f"{name}.csv"), keep_default_na=False, dtype=str)
    keys = [
        column for column in new if column not in {"answer"} and not column.startswith("empty") and not column.isdigit()
    ]
    old = new[keys].merge(whole, on=keys, how="left")
    if "answer" in new:
        assert (old["answer"] == new["answer"]).mean() >= 0.75, "rounding may change an answer, not many"
    else:
        numbers = [column for column in new if column not in keys]
        np.testing.assert_allclose(old[numbers].astype(float), new[numbers].astype(float), atol=0.02)
    module.main()
    assert capsys.readouterr().out == ""

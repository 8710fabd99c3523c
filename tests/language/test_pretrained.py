from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import AutoTokenizer

from largemodels.language.pretrained import load_pretrained, no_progress_bars


class Recorder:
    """Stands for a transformers class: records what it is asked to load."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, dict[str, object]]] = []

    def from_pretrained(self, source: object, **options: object) -> SimpleNamespace:
        self.asked.append((source, options))
        return SimpleNamespace(eval=lambda: "model")


@pytest.mark.parametrize(("hub", "source"), [("0", Path("folder")), ("1", "sentence-transformers/all-MiniLM-L6-v2")])
def test_the_hub_is_one_setting_away(hub: str, source: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGEMODELS_HUB", hub)
    model, tokenizer = Recorder(), Recorder()
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", tokenizer.from_pretrained)
    assert load_pretrained(model, "minilm", lambda: Path("folder"))[0] == "model"
    offline = {"local_files_only": hub != "1"}
    assert model.asked == [(source, {"dtype": torch.float32, **offline})]
    assert tokenizer.asked == [(source, offline)]


def test_progress_bars_come_back() -> None:
    from transformers.utils import logging

    logging.enable_progress_bar()
    with no_progress_bars():
        assert not logging.is_progress_bar_enabled()
    assert logging.is_progress_bar_enabled()

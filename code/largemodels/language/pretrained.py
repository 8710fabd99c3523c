"""Loading a transformers model and its tokenizer, from the store or, on demand, from the hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from largemodels.core import store


def load_pretrained(automodel: Any, name: str, folder: Callable[[], Path]) -> tuple[Any, Any]:
    """Load the model of the store's item `name`, float32 and in evaluation mode, and its tokenizer.

    `folder` finds, or makes, the folder to load from; with LARGEMODELS_HUB=1 it is the item's id on the hub.
    """
    from transformers import AutoTokenizer

    hub = store.hub_id(name)
    with no_progress_bars():
        source = hub or folder()
        options: dict[str, Any] = {"local_files_only": hub is None}
        model = automodel.from_pretrained(source, dtype=torch.float32, **options)
        return model.eval(), AutoTokenizer.from_pretrained(source, **options)


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers' progress bars out of a notebook's output, where they differ from run to run."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()

"""Six kinds of pictograms, drawn by OpenMoji: a small task that nobody trained for.

OpenMoji (https://openmoji.org) is a font whose glyphs are colored drawings; a kind is a
list of code points of the Unicode standard.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from largemodels.core import store

KINDS = {  # runs of code points, in hexadecimal
    "animal": """
        1F400-1F43C 1F43F 1F54A 1F577 1F980-1F9A9 1F9AB-1F9AE 1FAB0-1FAB3 1FABC 1FABF
        1FACE-1FACF""",
    "food": """
        1F32D-1F330 1F336 1F33D 1F345-1F37C 1F37E-1F37F 1F382 1F942-1F943 1F950-1F96F
        1F9AA 1F9C0-1F9CB 1FAD0-1FADB""",
    "vehicle": """
        1F680-1F68E 1F690-1F6A4 1F6B2 1F6E5 1F6E9 1F6EB 1F6F3-1F6FC 1F3CD-1F3CE""",
    "building": """
        1F3E0-1F3E6 1F3E8-1F3ED 1F3EF-1F3F0 1F3D7-1F3D8 1F3DA-1F3DB 1F3DF 1F5FC-1F5FD
        1F54B-1F54D 1F6D5-1F6D6 1F492""",
    "plant": """
        1F331-1F335 1F337-1F33C 1F33E-1F344 1F384 1F38B 1F38D 1F490 1F940 1FAB4 1FAB7
        1FABB 1FABE""",
    "clothes": """
        1F451-1F462 1F392-1F393 1F3A9 1F3BD 1F94B 1F97B-1F97F 1F9BA 1F9E2-1F9E6
        1FA70-1FA74 1FA96""",
}


@dataclass(frozen=True)
class Pictograms:
    """Images (n, 3, size, size) from -1 to 1, numbers of their kinds (n,), signs."""

    images: Tensor
    kinds: Tensor
    signs: str


def load_pictograms(size: int = 64) -> Pictograms:
    """Draw all pictograms, kind by kind, on white squares of `size` pixels.

    Raises StoreError where the font can't be had.
    """
    font = store.path("openmoji") / "openmoji.ttf"
    images, kinds, signs = [], [], ""
    for kind, runs in enumerate(KINDS.values()):
        for sign in _signs(runs):
            image = draw(sign, font, size)
            if image.min() < 255:  # the font lacks a few
                images.append(image)
                kinds.append(kind)
                signs += sign
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
    scaled = (pixels.float() - 127) / 128  # as `efficientnet.preprocess` does
    return Pictograms(scaled, torch.tensor(kinds), signs)


def draw(sign: str, font: Path, size: int) -> np.ndarray:
    """Draw one sign in the middle of a white square: (size, size, 3) bytes."""
    glyph = ImageFont.truetype(font, int(0.8 * size))
    square = Image.new("RGB", (2 * size, 2 * size), "white")
    pen = ImageDraw.Draw(square)
    pen.text((size, size), sign, font=glyph, embedded_color=True, anchor="mm")
    rows, columns = np.nonzero(np.asarray(square).min(axis=2) < 250)  # where ink is
    if len(rows) == 0:
        return np.full((size, size, 3), 255, np.uint8)
    top = (rows.min() + rows.max() + 1 - size) // 2
    left = (columns.min() + columns.max() + 1 - size) // 2
    return np.array(square.crop((left, top, left + size, top + size)))


def split(kinds: Tensor, n_train: int, n_test: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw the indices of a training set and a test set, as many of each kind.

    Raises ValueError if a kind has too few. For one seed the test set is the same,
    however many train.
    """
    generator = torch.Generator().manual_seed(seed)
    train, test = [], []
    for kind in kinds.unique():
        own = (kinds == kind).nonzero()[:, 0]
        if len(own) < n_train + n_test:
            wanted = n_train + n_test
            few = f"Kind {kind} has {len(own)} images"
            raise ValueError(f"{few}; ask for fewer than {wanted}.")
        own = own[torch.randperm(len(own), generator=generator)]
        test.append(own[:n_test])
        train.append(own[n_test : n_test + n_train])
    return torch.cat(train), torch.cat(test)


def _signs(runs: str) -> list[str]:
    ends = [[int(end, 16) for end in run.split("-")] for run in runs.split()]
    return [chr(code) for run in ends for code in range(run[0], run[-1] + 1)]

"""Two photographs, cut into JPEG files, and two ways to feed them to a model: decoded anew each time, or once."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

PHOTOGRAPHS = ("china", "flower")  # they come with scikit-learn


class PhotoCrops(Dataset[tuple[Tensor, int]]):
    """The JPEG files folder/class/*.jpg, opened and decoded whenever they are asked for.

    An item is an image, (3, SIDE, SIDE) from -1 to 1, and the number of its class, in
    alphabetical order. Raises ValueError for a folder that is missing, or has no
    subfolders, or a subfolder without JPEG files.
    """

    SIDE = 64  # height and width of an item, in pixels

    def __init__(self, folder: Path | str) -> None:
        self.classes = _subfolders(Path(folder))
        files = [_jpegs(Path(folder) / name) for name in self.classes]
        self.files = [file for own in files for file in own]
        self.labels = [k for k, own in enumerate(files) for _ in own]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return normalize(self.pixels(index)), self.labels[index]

    def pixels(self, index: int) -> Tensor:
        """Open, decode and shrink one file: (3, SIDE, SIDE) bytes."""
        with Image.open(self.files[index]) as image:
            size, method = (self.SIDE, self.SIDE), Image.Resampling.BILINEAR
            small = image.convert("RGB").resize(size, method)
        return torch.from_numpy(np.array(small)).permute(2, 0, 1)  # (3, SIDE, SIDE)


class DecodedCrops(Dataset[tuple[Tensor, int]]):
    """The same items, from the file that `decode` wrote; only the pages asked for are read from disk.

    Raises ValueError if there is no such file.
    """

    def __init__(self, file: Path | str) -> None:
        if not Path(file).is_file():
            raise ValueError(f"There is no file {file}; write it with decode(crops, file).")
        saved = torch.load(file, mmap=True, weights_only=True)
        self.images: Tensor = saved["images"]  # (n, 3, SIDE, SIDE) bytes, on disk
        self.labels: list[int] = saved["labels"]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return normalize(self.images[index]), self.labels[index]


class DistantCrops(DecodedCrops):
    """The decoded items on a drive that is slow to answer."""

    LATENCY = 0.005  # seconds for each item, in which no processor works

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        time.sleep(self.LATENCY)
        return super().__getitem__(index)


def decode(crops: PhotoCrops, file: Path | str) -> None:
    """Decode every file once, and save all images as bytes, (n, 3, SIDE, SIDE), with their labels."""
    images = torch.stack([crops.pixels(i) for i in range(len(crops))])
    torch.save({"images": images, "labels": crops.labels}, file)


def normalize(pixels: Tensor) -> Tensor:
    """Turn bytes, of any shape, into numbers from -1 to 1."""
    return pixels.float() / 127.5 - 1


def write_crops(folder: Path | str, n_per_class: int = 200, side: int = 384, seed: int = 0) -> list[Path]:
    """Cut random squares, `side` pixels wide, from scikit-learn's photographs, and save them as JPEG files.

    Returns the paths, folder/china/000.jpg and so on. Raises ValueError if a photograph is smaller than `side`.
    """
    from sklearn.datasets import load_sample_image

    rng, paths = np.random.default_rng(seed), []
    for name in PHOTOGRAPHS:
        photograph = load_sample_image(f"{name}.jpg")  # (427, 640, 3) bytes
        (Path(folder) / name).mkdir(parents=True, exist_ok=True)
        for i in range(n_per_class):
            paths.append(Path(folder) / name / f"{i:03}.jpg")
            Image.fromarray(_random_square(photograph, side, rng)).save(paths[-1], quality=90)
    return paths


def _random_square(photograph: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    height, width = photograph.shape[:2]
    if not 1 <= side <= min(height, width):
        raise ValueError(f"A crop is {side} pixels wide; choose from 1 to {min(height, width)}.")
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    return photograph[top : top + side, left : left + side]


def _subfolders(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}; write_crops(folder) makes one.")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    if not names:
        raise ValueError(f"The folder {folder} has no subfolders; put the images of each class into one of its own.")
    return names


def _jpegs(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.jpg"))
    if not files:
        raise ValueError(f"The folder {folder} has no files named *.jpg; add some, or remove it.")
    return files

"""Crops of photographs: real files, decoded anew or once, the same items either way."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from largemodels.foundations.photo_crops import DecodedCrops, PhotoCrops, decode, normalize, write_crops


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crops")
    write_crops(folder, n_per_class=5, side=128)
    return folder


@pytest.fixture(scope="module")
def decoded_file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("decoded") / "crops.pt"
    decode(PhotoCrops(folder), file)
    return file


@pytest.fixture
def decoded(decoded_file: Path) -> DecodedCrops:
    return DecodedCrops(decoded_file)


def test_crops_are_jpeg_files_cut_from_the_photographs(folder: Path, tmp_path: Path):
    from sklearn.datasets import load_sample_image

    paths = write_crops(tmp_path, n_per_class=2, side=427)  # as high as the photograph
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "china/000.jpg",
        "china/001.jpg",
        "flower/000.jpg",
        "flower/001.jpg",
    ]
    with Image.open(paths[0]) as image:
        assert (image.format, image.size) == ("JPEG", (427, 427))
        crop = np.array(image).astype(int)
    photograph = load_sample_image("china.jpg").astype(int)
    errors = [np.abs(crop - photograph[:, left : left + 427]).mean() for left in range(640 - 427 + 1)]
    assert min(errors) < 5 < np.median(errors)  # it fits in one place, but for JPEG's loss


def test_the_seed_decides_the_crops(folder: Path, tmp_path: Path):
    for name, seed in [("same", 0), ("other", 1)]:
        write_crops(tmp_path / name, n_per_class=5, side=128, seed=seed)
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*.jpg"))]
    assert len(names) == 10
    assert all((folder / name).read_bytes() == (tmp_path / "same" / name).read_bytes() for name in names)
    assert not any((folder / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in names)
    assert len({(folder / name).read_bytes() for name in names}) == 10


def test_items_have_the_shape_range_and_label_they_promise(folder: Path):
    crops = PhotoCrops(folder)
    assert crops.classes == ["china", "flower"]
    assert len(crops) == 10
    assert [crops[i][1] for i in range(10)] == [0] * 5 + [1] * 5
    images = torch.stack([crops[i][0] for i in range(10)])
    assert images.shape == (10, 3, 64, 64)
    assert images.dtype == torch.float32
    assert -1 <= images.min() < -0.5 < 0.5 < images.max() <= 1


def test_rows_columns_and_colors_are_where_they_belong(tmp_path: Path):
    (tmp_path / "only").mkdir()
    pixels = np.zeros((128, 128, 3), dtype=np.uint8)
    pixels[:64, :, 0] = 255  # red above
    pixels[:, 64:, 2] = 255  # blue at the right
    Image.fromarray(pixels).save(tmp_path / "only" / "a.jpg", quality=95, subsampling=0)
    image, _ = PhotoCrops(tmp_path)[0]
    assert image[:, 16, 16].round().tolist() == [1, -1, -1]
    assert image[:, 16, 48].round().tolist() == [1, -1, 1]
    assert image[:, 48, 48].round().tolist() == [-1, -1, 1]


def test_a_gray_file_is_an_image_of_three_channels_too(tmp_path: Path):
    (tmp_path / "only").mkdir()
    Image.new("L", (100, 80), 255).save(tmp_path / "only" / "gray.jpg")
    torch.testing.assert_close(PhotoCrops(tmp_path)[0][0], torch.ones(3, 64, 64))


def test_normalize_maps_bytes_onto_minus_one_to_one():
    assert normalize(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1, 1]


def test_decoded_items_are_the_same_to_the_last_bit(folder: Path, decoded: DecodedCrops):
    crops = PhotoCrops(folder)
    assert len(decoded) == len(crops)
    for i in range(len(crops)):
        assert torch.equal(decoded[i][0], crops[i][0])
        assert decoded[i][1] == crops[i][1]


def test_decoded_images_stay_bytes_on_disk(decoded: DecodedCrops, decoded_file: Path):
    assert decoded.images.dtype == torch.uint8
    assert decoded.images.shape == (10, 3, 64, 64)
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux lists which files are mapped into memory")
    assert str(decoded_file) in maps.read_text()


@pytest.mark.parametrize("workers", [0, 2])
def test_both_datasets_give_a_loader_the_same_batches(folder: Path, decoded: DecodedCrops, workers: int):
    def batches(dataset, num_workers=0):
        order = torch.Generator().manual_seed(3)
        return list(DataLoader(dataset, 4, shuffle=True, generator=order, num_workers=num_workers))

    slow, fast = batches(PhotoCrops(folder), workers), batches(decoded, workers)
    assert [len(labels) for _, labels in slow] == [4, 4, 2]
    for (images, labels), (same_images, same_labels) in zip(slow, fast, strict=True):
        assert torch.equal(images, same_images)
        assert torch.equal(labels, same_labels)


def test_a_spawned_worker_can_have_them(folder: Path):
    crops = PhotoCrops(folder)
    copy = pickle.loads(pickle.dumps(crops))  # what spawn and forkserver do
    assert torch.equal(copy[3][0], crops[3][0])


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"no folder .*nowhere; write_crops"):
        PhotoCrops(tmp_path / "nowhere")


def test_a_folder_without_subfolders_is_refused(tmp_path: Path):
    (tmp_path / "stray.jpg").touch()
    with pytest.raises(ValueError, match="no subfolders; put the images of each class"):
        PhotoCrops(tmp_path)


def test_an_empty_subfolder_is_refused(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty has no files named \*\.jpg"):
        PhotoCrops(tmp_path)


def test_a_missing_file_is_named_with_what_writes_it(tmp_path: Path):
    with pytest.raises(ValueError, match=r"no file .*crops\.pt; write it with decode"):
        DecodedCrops(tmp_path / "crops.pt")


@pytest.mark.parametrize("side", [0, 428])
def test_a_crop_must_fit_into_the_photograph(tmp_path: Path, side: int):
    with pytest.raises(ValueError, match=f"{side} pixels wide; choose from 1 to 427"):
        write_crops(tmp_path, n_per_class=1, side=side)

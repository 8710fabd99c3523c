import socket

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from largemodels.core import store
from largemodels.foundations import efficientnet
from largemodels.foundations.efficientnet import EfficientNetLite0, SamePadding, preprocess

# Logits 0-4, 500 and 999 that the package's own module (efficientnet-lite-pytorch 0.1.0) gives for a ramp of pixels.
REFERENCE = [0.26599994, 0.59058207, 1.71974373, 1.38394701, 1.84002674, 0.34219146, -0.44484198]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("efficientnet-lite0", "imagenet-classes"):
        store.path(name)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the loader asked the network"))


def test_the_network_has_the_published_size() -> None:
    assert sum(weight.numel() for weight in EfficientNetLite0().parameters()) == 4_652_008


@pytest.mark.parametrize(("kernel", "stride", "size"), [(3, 2, 8), (3, 2, 7), (5, 2, 8), (5, 1, 6), (1, 1, 5)])
def test_same_padding_gives_size_over_stride_rounded_up(kernel: int, stride: int, size: int) -> None:
    out = SamePadding(1, 1, kernel, stride)(torch.zeros(1, 1, size, size + 1))
    assert out.shape[2:] == (-(-size // stride), -(-(size + 1) // stride))


def test_same_padding_puts_the_odd_pixel_at_the_end() -> None:
    layer = SamePadding(1, 1, 3, 2, bias=False)
    torch.nn.init.zeros_(layer.weight)
    layer.weight.data[0, 0, 0, 0] = 1  # reads the top left pixel of each window
    image = torch.arange(16.0).view(1, 1, 4, 4)
    assert layer(image).flatten().tolist() == [0, 2, 8, 10]


def test_preprocess_takes_the_middle_and_scales_it() -> None:
    photograph = np.zeros((300, 500, 3), np.uint8)
    photograph[:, 100:400] = 255
    out = preprocess(photograph)
    assert out.shape == (3, 224, 224)
    assert torch.all(out == 1)
    gray = preprocess(Image.new("L", (50, 40), 127), size=96)
    assert gray.shape == (3, 96, 96)
    assert torch.all(gray == 0)


@pytest.mark.models
@pytest.mark.slow
def test_logits_equal_those_of_the_package_s_own_module(no_network: None) -> None:
    ramp = torch.linspace(-1, 1, 3 * 224 * 224).view(1, 3, 224, 224)
    with torch.inference_mode():
        logits = efficientnet.load()(ramp)[0]
    assert logits.argmax() == 701
    torch.testing.assert_close(logits[[0, 1, 2, 3, 4, 500, 999]], torch.tensor(REFERENCE), atol=1e-4, rtol=0)


@pytest.mark.models
@pytest.mark.slow
def test_a_photograph_of_a_flower_is_a_daisy(no_network: None) -> None:
    model, names = efficientnet.load(), efficientnet.class_names()
    photographs = torch.stack([preprocess(load_sample_image(name)) for name in ("flower.jpg", "china.jpg")])
    with torch.inference_mode():
        best = model(photographs).argmax(1)
    assert [names[i] for i in best] == ["daisy", "palace"]
    assert not model.training

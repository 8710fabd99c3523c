"""Features are the network's own; frozen statistics stay."""

import pytest
import torch
from torch import nn

from largemodels.foundations.efficientnet import EfficientNetLite0
from largemodels.foundations.reuse import ENDS, Reused, stage_features


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    torch.manual_seed(0)
    return EfficientNetLite0().eval()


IMAGES = torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_the_features_are_the_network_s_own(network):
    features = stage_features(network, IMAGES)
    assert [f.shape[1] for f in features] == [32, 16, 24, 40, 80, 112, 192, 320, 1280]
    assert ENDS == [1, 3, 5, 8, 11, 15, 16]
    torch.testing.assert_close(features[-1], network.features(IMAGES), atol=1e-5, rtol=1e-4)


def test_reused_scores_the_features_of_its_stage(network):
    model = Reused(network, classes=3, stage=5).eval()
    expected = model.classifier(stage_features(network, IMAGES)[5])
    torch.testing.assert_close(model(IMAGES), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("keep", [True, False])
def test_statistics_are_kept_or_not_as_asked(keep):
    model = Reused(EfficientNetLite0(), classes=3, stage=2, keep_statistics=keep)
    norm = next(layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d))
    before = norm.running_mean.clone()
    model.train()
    model(IMAGES)
    assert torch.equal(norm.running_mean, before) is keep
    assert model.training
    assert norm.training is not keep


def test_each_part_has_its_rate():
    model = Reused(EfficientNetLite0(), classes=3, stage=2)
    optimizer = torch.optim.SGD(model.rates(trunk=0.001, classifier=0.1))
    assert [group["lr"] for group in optimizer.param_groups] == [0.001, 0.1]
    covered = sum(p.numel() for group in optimizer.param_groups for p in group["params"])
    assert covered == sum(p.numel() for p in model.parameters())


def test_a_stage_that_is_not_there_is_refused(network):
    with pytest.raises(ValueError, match="no stage 8; choose one from 1 to 7"):
        Reused(network, classes=3, stage=8)

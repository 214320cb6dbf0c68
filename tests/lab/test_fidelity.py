"""Models of torch-fidelity as features: what they see, what is kept, and that nothing is downloaded."""

import sys

import numpy as np
import pytest

from diptych_lab.evaluation.extractors import extractor

pytestmark = pytest.mark.torch

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(size=(7, 4, 4, 3)).astype("float32")


def made(name, rows=IMAGES):
    return extractor(f"torch-fidelity:{name}", rows, backend=None)


@pytest.fixture
def tiny(monkeypatch):
    """A registered model that gives the bytes it sees, times a weight of its own."""
    fidelity = pytest.importorskip("torch_fidelity")
    registry = pytest.importorskip("torch_fidelity.registry").FEATURE_EXTRACTORS_REGISTRY
    import torch

    class Tiny(fidelity.FeatureExtractorBase):
        scale = 2.0

        def __init__(self, name, features_list, **settings):
            super().__init__(name, features_list)
            self.weight = torch.nn.Parameter(torch.tensor(self.scale))

        @staticmethod
        def get_provided_features_list():
            return "first", "last"

        @staticmethod
        def get_default_feature_layer_for_metric(metric):
            return {"fid": "last"}[metric]

        def forward(self, x):
            assert x.dtype == torch.uint8
            assert self.features_list == ["last"]
            return (self.weight * x.float(),)

    monkeypatch.setitem(registry, "tiny", Tiny)
    return Tiny


def test_a_model_sees_bytes_of_three_channels(tiny):
    seen = made("tiny")("rows", IMAGES).reshape(7, 3, 4, 4)
    np.testing.assert_array_equal(seen, 2 * np.rint(255 * IMAGES).transpose(0, 3, 1, 2))
    grey = made("tiny")("rows", 3 * IMAGES[..., :1] - 1).reshape(7, 3, 4, 4)  # beyond [0, 1], too
    np.testing.assert_array_equal(grey[:, 0], grey[:, 2])
    assert (grey.min(), grey.max()) == (0, 510)


def test_more_images_than_go_through_at_once(tiny):
    many = RNG.uniform(size=(120, 2, 2, 1)).astype("float32")
    assert made("tiny", many)("rows", many).shape == (120, 12)


def test_features_are_known_by_the_weights(tiny, monkeypatch):
    first, again = made("tiny").identity, made("tiny").identity
    assert first
    assert first == again
    monkeypatch.setattr(tiny, "scale", 3.0)
    assert made("tiny").identity != first


def test_what_is_no_image_is_refused(tiny):
    rows = RNG.uniform(size=(3, 5))
    with pytest.raises(
        ValueError, match=r"torch-fidelity:tiny takes images \(n, h, w, 1 or 3\), got rows of shape"
    ):
        made("tiny", rows)("rows", rows)


def test_a_model_that_is_not_known(tiny):
    with pytest.raises(ValueError, match=r"has no model 'tinny'; did you mean 'tiny'\?"):
        made("tinny")


@pytest.mark.parametrize("name", ["inception-v3-compat", "clip-vit-b-32", "dinov2-vit-s-14"])
def test_nothing_is_downloaded(name, tmp_path, monkeypatch):
    pytest.importorskip("torch_fidelity")
    import torch

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    opens = torch.hub.urlopen
    with pytest.raises(
        ValueError, match=r"weights are not on this machine, and diptych downloads nothing; .*https://"
    ):
        made(name)
    assert torch.hub.urlopen is opens
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_without_torch_fidelity(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    monkeypatch.delitem(sys.modules, "torch_fidelity.registry", raising=False)
    with pytest.raises(ImportError, match="needs torch-fidelity: python -m pip install torch-fidelity"):
        made("inception-v3-compat")

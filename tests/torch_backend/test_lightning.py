"""A method as a `LightningModule`: a Trainer takes the steps of `diptych.Model`; its checkpoints hold it all."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from diptych import Model, methods, networks
from diptych.optimizers import Adam, AdamW
from diptych.schedules import Linear

lightning = pytest.importorskip("lightning")
from lightning.pytorch.callbacks import Callback, ModelCheckpoint  # noqa: E402

from diptych_torch import LightningMethod  # noqa: E402

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::lightning.fabric.utilities.warnings.PossibleUserWarning"),  # its hints
    pytest.mark.filterwarnings("ignore:.*callbacks used to create the checkpoint:UserWarning"),
    pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec.:FutureWarning"),  # its use of torch
]
ROWS = np.random.default_rng(0).normal(size=(40, 2))
METHOD = methods.wgan_gp(critic_steps=2)
RULES = {"critic": AdamW(Linear(1e-2, 1e-3, 4), clip_norm=0.1, ema=0.9), "generator": Adam(1e-2)}


def described():
    return networks.mlp(METHOD, data=(2,), latent=(3,), width=8)


def own():
    return {
        "generator": nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2)),
        "critic": nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0)),
    }


def ready(nets=described, **settings):
    torch.manual_seed(0)  # of modules of one's own
    return LightningMethod(METHOD, nets(), **{"seed": 3, "optimizers": RULES, "latent": (3,), **settings})


def loader(rows=ROWS, dtype="float32", n=16):
    return DataLoader(TensorDataset(torch.as_tensor(rows, dtype=getattr(torch, dtype))), n)


def trainer(folder, *callbacks, **settings):
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    return lightning.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        callbacks=list(callbacks),
        **{**quiet, "enable_checkpointing": False, "max_epochs": 1, **settings},
    )


def same(one, other):
    one, other = one.state(), other.state()
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


class Told(Callback):
    def __init__(self):
        self.losses, self.logged = [], []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        self.losses.append({name: float(loss) for name, loss in outputs.items()})
        self.logged.append({name: float(loss) for name, loss in trainer.callback_metrics.items()})


def walked(model, count, **settings):
    """The losses of `count` steps on the loader's batches, again and again."""
    batches = [batch for batch in loader(**settings)]
    return [model.step(batches[number % len(batches)]) for number in range(count)]


@pytest.mark.parametrize("nets", [described, own])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_trainer_takes_the_steps_of_a_model(nets, dtype, tmp_path):
    made, told = ready(nets, dtype=dtype), Told()
    fitted = trainer(tmp_path, told, max_steps=7, max_epochs=-1)
    fitted.fit(made, loader(dtype=dtype))
    torch.manual_seed(0)
    model = Model(METHOD, nets(), backend="torch", seed=3, latent=(3,), optimizers=RULES, dtype=dtype)
    losses = [{name: float(loss) for name, loss in step.items()} for step in walked(model, 7, dtype=dtype)]
    assert told.losses == losses
    for logged, found in zip(told.logged, losses, strict=True):
        assert {name: logged[f"{name}_loss"] for name in found} == found
    same(made.model, model)
    assert (fitted.global_step, model.round, model.turn) == (7, 2, 1)


def test_a_compiled_step_is_one_too(tmp_path):
    made = ready(execution="compiled")
    trainer(tmp_path).fit(made, loader(n=20))
    model = Model(METHOD, described(), backend="torch", seed=3, optimizers=RULES, execution="compiled")
    walked(model, 2, n=20)
    same(made.model, model)


@pytest.mark.parametrize("nets", [described, own])
def test_a_checkpoint_goes_on_bit_for_bit(nets, tmp_path):
    whole, cut, again = ready(nets), ready(nets), ready(nets, seed=3)
    trainer(tmp_path, max_epochs=4).fit(whole, loader())
    kept = ModelCheckpoint(tmp_path, "{epoch}-{step}", monitor="val_critic_loss", save_top_k=-1)
    trainer(tmp_path, kept, max_epochs=2, enable_checkpointing=True).fit(cut, loader(), loader(n=40))
    path = tmp_path / "epoch=1-step=6.ckpt"
    content = torch.load(path, weights_only=True)  # tensors and numbers: no code
    assert content["global_step"] == 6
    trainer(tmp_path, max_epochs=4).fit(again, loader(), ckpt_path=path)
    same(again.model, whole.model)
    loaded = LightningMethod.load_from_checkpoint(
        path, method=METHOD, networks=nets(), seed=3, optimizers=RULES, latent=(3,)
    )
    same(loaded.model, cut.model)
    np.testing.assert_array_equal(loaded.model.sample(4), cut.model.sample(4))


def test_a_state_from_elsewhere_is_written_into_the_modules_that_lightning_has(tmp_path):
    made, other = ready(), ready(seed=4)
    trainer(tmp_path).fit(made, loader())
    made.model.save(tmp_path / "state.safetensors")
    other.model.load(tmp_path / "state.safetensors")
    same(other.model, made.model)
    assert all(other.model.module(role) is module for role, module in other.networks.items())
    with pytest.raises(ValueError, match="optimiser state: missing entry"):
        other.model.restore({name: a for name, a in made.model.state().items() if "kernel" not in name})
    same(other.model, made.model)


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    made = ready()
    fitted = trainer(tmp_path)
    fitted.fit(made, loader())
    fitted.save_checkpoint(tmp_path / "a.ckpt")
    for method, settings in ((methods.vae(), {}), (METHOD, {"optimizers": {"critic": Adam()}})):
        nets = networks.mlp(method, data=(2,), latent=(3,), width=8)
        with pytest.raises(ValueError, match=r"optimiser state: (missing|unknown) entry"):
            LightningMethod.load_from_checkpoint(tmp_path / "a.ckpt", method=method, networks=nets, **settings)
    content = torch.load(tmp_path / "a.ckpt", weights_only=True)
    del content["diptych"]
    torch.save(content, tmp_path / "b.ckpt")
    with pytest.raises(ValueError, match="state: 'round' must be a whole number"):
        LightningMethod.load_from_checkpoint(tmp_path / "b.ckpt", method=METHOD, networks=described())


def test_validation_is_the_mean_over_rows_and_moves_nothing(tmp_path):
    made, fitted = ready(), trainer(tmp_path)
    before = made.model.state()
    (found,) = fitted.validate(made, loader(n=16), verbose=False)
    each = [made.model.losses(batch, seed=number) for number, batch in enumerate(loader(n=16))]
    for name in ("critic", "generator"):
        wanted = np.average([losses[name] for losses in each], weights=[16, 16, 8])
        assert found[f"val_{name}_loss"] == pytest.approx(wanted, rel=1e-6)
    for name, array in made.model.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_samples_are_of_the_networks_shown_and_differentiable(tmp_path):
    made = ready()
    trainer(tmp_path, max_epochs=2).fit(made, loader())
    z = torch.randn(5, 3, requires_grad=True)
    made(z).sum().backward()
    assert z.grad.abs().sum() > 0
    wanted = made.model.sample(z=z.detach())
    np.testing.assert_array_equal(made(z).detach().numpy(), wanted)
    (found,) = trainer(tmp_path).predict(made, DataLoader(TensorDataset(z.detach()), 5))
    np.testing.assert_array_equal(found.numpy(), wanted)
    assert not found.requires_grad


def test_a_trainer_that_would_compute_otherwise_is_refused(tmp_path):
    for settings, said in (
        ({"precision": "bf16-mixed"}, "precision 'bf16-mixed', and a step computes in float32"),
        ({"precision": "64-true"}, "precision '64-true', and a step computes in float32"),
        ({"strategy": Several()}, "2 processes, which would each step on rows of their own"),
    ):
        with pytest.raises(ValueError, match=said):
            trainer(tmp_path, **settings).fit(ready(), loader())
    trainer(tmp_path, precision="64-true").fit(ready(dtype="float64"), loader(dtype="float64"))


class Several(lightning.pytorch.strategies.SingleDeviceStrategy):
    """Says that there are two processes."""

    def __init__(self):
        super().__init__("cpu")
        self.world_size = 2


def test_labels_are_not_taken_for_rows(tmp_path):
    pairs = DataLoader(TensorDataset(torch.zeros(4, 2), torch.zeros(4)), 4)
    with pytest.raises(ValueError, match=r"of \(rows, labels\) take the rows"):
        trainer(tmp_path).fit(ready(), pairs)

"""``diptych train --config FILE``: the options as a TOML file, and what is refused in one."""

import json
import shlex

import pytest
from click.testing import CliRunner

from diptych_lab import command_line

FILE = """
method = "wgan-gp"
data = "ring"
backend = "torch"
out = "run"
rounds = 30
learning-rate = 1e-4
schedule = "cosine"
flip = false
resume = true
[set]
weight = 5.0
critic_steps = 2
[critic]
learning-rate = 4e-4
optimizer = "sgd"
"""
WORDS = (
    "wgan-gp --data ring --backend torch --out run --rounds 30 --learning-rate 1e-4 --schedule cosine --resume "
    "--set weight=5.0 --set critic_steps=2 --critic-learning-rate 4e-4 --critic-optimizer sgd"
)


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """What `train` is asked for by these words, the file beside them."""
    monkeypatch.chdir(tmp_path)
    asked = []

    def train(options):
        asked.append(options)
        raise ValueError("asked")

    monkeypatch.setattr(command_line.launching, "train", train)

    def call(words, file=None):
        if file is not None:
            (tmp_path / "run.toml").write_text(file)
        result = CliRunner().invoke(command_line.main, ["train", *shlex.split(words)])
        assert "asked" in result.output, result.output
        return asked.pop()

    return call


def test_a_file_is_the_command_line(trained):
    assert trained("--config run.toml", FILE) == trained(WORDS)


def test_what_is_typed_comes_first(trained):
    typed = "ns-gan --rounds 7 --critic-learning-rate 1e-2 --generator-ema 0.9 --seed 3"
    file = FILE.replace("weight = 5.0", "").replace("2", "4")
    found = trained(f"{typed} --config run.toml --set critic_steps=3", file)
    assert (found["method"], found["rounds"], found["seed"], found["hyper"]) == (
        "ns-gan",
        7,
        3,
        {"critic_steps": 3},
    )
    assert found["players"] == {"critic": {"learning_rate": 1e-2, "optimizer": "sgd"}, "generator": {"ema": 0.9}}


def test_what_is_printed_is_read_again(trained, tmp_path):
    said = CliRunner().invoke(command_line.main, ["train", *WORDS.split(), "--print-config"])
    assert said.exit_code == 0
    assert trained("--config run.toml", said.stdout) == trained(WORDS)
    again = CliRunner().invoke(command_line.main, ["train", "--config", "run.toml", "--print-config"])
    assert again.stdout == said.stdout


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("rounds = 30", "round = 30", "run.toml: no option 'round'; did you mean 'rounds' or 'out'?"),
        ("rounds = 30", "rounds = 30.5", "Invalid value for '--rounds': '30.5' is not a valid integer"),
        ("rounds = 30", "rounds = true", "run.toml: rounds must be no truth value, got True"),
        ("rounds = 30", "rounds = 1979-05-27", "run.toml: rounds must be a number, a text or a list of them"),
        ("resume = true", 'resume = "yes"', "run.toml: resume must be true or false, got 'yes'"),
        ("resume = true", "weight = 5.0", "no option 'weight'"),
        ("[critic]", "[[critic]]", "run.toml: [[critic]] begins a list of tables; one table is [critic]"),
        ("resume = true", "weight = 5.0", "hyper-parameters stand in a table, [set]"),
        ("[set]", "set = 5", "hyper-parameters stand in a table, [set]"),
        ("critic_steps = 2", "critic_step = 2", "has no hyper-parameter 'critic_step'"),
        ('optimizer = "sgd"', "rate = 1", "run.toml: [critic]: no option 'rate' of one player"),
        ("learning-rate = 4e-4", 'learning-rate = "fast"', "'fast' is not a valid float"),
        ("[critic]", "[critic", "run.toml: no TOML file"),
        ("flip = false", "print-config = true", "run.toml: no option 'print-config'"),
    ],
)
def test_refused(trained, tmp_path, before, after, said):
    assert before in FILE
    (tmp_path / "run.toml").write_text(FILE.replace(before, after, 1))
    result = CliRunner().invoke(command_line.main, ["train", "--config", "run.toml"])
    assert result.exit_code == 2
    assert said in result.output
    assert result.output.startswith("diptych: error: ")
    assert result.output.count("\n") == 1


def test_a_file_that_is_not_there(trained):
    result = CliRunner().invoke(command_line.main, ["train", "--config", "none.toml"])
    assert (result.exit_code, "none.toml" in result.output) == (2, True)


def test_what_is_typed_for_every_player_comes_before_a_table_of_one(trained):
    """The file's [critic] was taken, and the typed rate ignored without a word."""
    found = trained("--config run.toml --learning-rate 0.5", FILE)
    assert found["learning_rate"] == 0.5
    assert found["players"] == {"critic": {"optimizer": "sgd"}}


def test_a_mark_of_byte_order_and_blanks_in_names(trained):
    found = trained("--config run.toml --set weight=7", "\ufeff" + FILE.replace("weight = 5.0", '"weight " = 5.0'))
    assert found["hyper"] == {"weight": 7.0, "critic_steps": 2}


EVERY_KIND = (
    "wgan-gp --data ring --backend torch --out run --set weight=5 --critic-learning-rate 4e-4 --critic-optimizer "
    "adamw --critic-weight-decay 0.1 --generator-schedule cosine:2000:0.1 --generator-warm-up 9 --ema 0.9 --keep 3",
    "vae --data people.csv --columns a,b --drop-missing --backend keras --out 'a \"b\"' --rounds 7 --batch 3 "
    "--latent 2 --optimizer rmsprop --clip-norm 0.5 --schedule step:500:0.5 --seed 9 --dtype float64 "
    "--device CPU:0 --recipe none",
    "wae-mmd --data photos --size 28x50 --crop none --channels 1 --flip --shift 2 --backend torch --out run "
    "--architecture dcgan --width 16 --held-out 0.1 --evaluate fd,precision-recall --evaluate-every 50 --features "
    "pca:8 --stop-by fd --patience 3 --log-every 7 --checkpoint-every 70 --tensorboard --execution eager --resume",
    "mmd-gan-gp --data ring --backend torch --out run --set alphas=1.5,2 --replicas 2 --replica-timeout 9 "
    "--features-decoder-ema 0.9 --critic my_networks:critic --features-decoder=my.networks:decoder",
)


@pytest.mark.parametrize("words", EVERY_KIND, ids=lambda words: words.split()[0])
def test_what_is_printed_is_all_that_was_chosen(trained, tmp_path, words):
    """Each option is in the file once, or in a table, and the file alone asks for the same run."""
    said = CliRunner().invoke(command_line.main, ["train", *shlex.split(words), "--print-config"])
    assert said.exit_code == 0, said.output
    found = trained("--config run.toml", said.stdout)
    assert found == trained(words)
    again = CliRunner().invoke(command_line.main, ["train", "--config", "run.toml", "--print-config"])
    assert again.stdout == said.stdout


LAYERS = """
[networks.critic]
layers = [{type = "Dense", units = 6}, {type = "Activation", name = "tanh", slope = 0.1},
          {type = "SpectralNorm", layer = {type = "Dense", units = 1, bias = false}},
          {type = "Reshape", shape = []}]
std = 0.02
"""


@pytest.mark.torch
@pytest.mark.parametrize(
    "words",
    [
        "hinge --critic-learning-rate 1 --generator-schedule cosine:9 --warm-up 2 --ema 0.9 --config=layers.toml",
        "wgan-gp --set weight=3 --set critic_steps=1 --critic-clip-norm 0.5 --optimizer adamw --weight-decay 0.1",
        "wae-mmd --schedule linear --held-out 0.2 --latent 3 --dtype float64 --recipe none",
    ],
)
def test_the_run_of_what_is_printed_is_the_same_to_the_bit(tmp_path, monkeypatch, words, run):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.toml").write_text(LAYERS)
    words = f"{words} --data ring --backend torch --rounds 3 --batch 16 --width 8".split()
    assert run("train", *words, "--out", "a").exit_code == 0
    (tmp_path / "b.toml").write_text(run("train", *words, "--out", "b", "--print-config").stdout)
    assert run("train", "--config", "b.toml").exit_code == 0
    for name in ("config.json", "checkpoint.safetensors", "metrics.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert json.loads((tmp_path / "b" / "config.json").read_text())["width"] == 8

"""``diptych train --config FILE``: the options as a TOML file, and what is refused in one."""

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
        result = CliRunner().invoke(command_line.main, ["train", *words.split()])
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

"""Tables in CSV and Parquet: what is read, what is refused column by column, and runs that are trained on them."""

import numpy as np
import pytest

from diptych_lab import evaluate, load, load_data, train
from diptych_lab.columns import Columns
from diptych_lab.config import Config
from diptych_lab.held_out import split
from diptych_lab.own_data import own_data
from diptych_lab.preparation import chosen
from diptych_lab.tables import read_table, table_bytes

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

RNG = np.random.default_rng(0)
HEIGHT = RNG.normal(1.75, 0.1, 200)
PEOPLE = {
    "height": HEIGHT,
    "weight": 22 * HEIGHT**2 + RNG.normal(0, 5, 200),
    "sold": 1.6e9 + RNG.uniform(0, 9, 200),
}


def csv(path, text):
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.fixture(params=["csv", "parquet"])
def people(request, tmp_path):
    path = tmp_path / f"people.{request.param}"
    path.write_bytes(table_bytes(path, list(PEOPLE), np.stack(list(PEOPLE.values()), 1)))
    return path


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.CSV", "t.parquet", "t.pq"])
def test_what_is_written_is_read_exactly(tmp_path, name):
    x = np.array([[0.1, -1e300], [1 / 3, 5e-324], [2.0**53 + 2, 0]])
    path = tmp_path / name
    path.write_bytes(table_bytes(path, ["a, b", 'c "d"'], x))
    table = read_table(path)
    assert table.names == ("a, b", 'c "d"')
    np.testing.assert_array_equal(table.x, x)
    assert table.notes == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b")),
        ("a;b\r\n1;2\r\n\r\n3;4", ("a", "b")),
        ("\ufeffa\tb\n1\t2\n3\t4\n", ("a", "b")),
        ('" a ","b"\n 1 ,"2"\n3, 4e0\n', ("a", "b")),
        ("1,2\n3,4\n", ("x0", "x1")),
    ],
)
def test_ways_to_write_a_csv(tmp_path, text, names):
    table = read_table(csv(tmp_path / "t.csv", text))
    assert table.names == names
    assert table.x.tolist() == [[1, 2], [3, 4]]
    note = "the first line holds numbers, and is taken for a row: columns are called x0 to x1"
    assert table.notes == [note] * (names[0] == "x0")


@pytest.mark.parametrize("first", ["5.1,setosa", "1,?", "NA,b"])
def test_a_first_line_that_may_be_a_row_is_told(tmp_path, first):
    """It was taken for names, and a row lost, without a word."""
    table = read_table(csv(tmp_path / "t.csv", f"{first}\n1,2\n3,4\n"))
    told = first.replace(",", ", ")
    assert table.notes == [f"the first line is not of numbers alone, and is taken for names: {told}"]


def test_a_column_that_becomes_fractional_late(tmp_path):
    """A reader that decides on types by the first block would refuse it."""
    rows = 400_000
    table = read_table(
        csv(tmp_path / "t.csv", "a,b\n" + "1,2\n" * rows + "0.5,NA\n"), chosen(drop_missing=False, columns="a")
    )
    assert table.x[[0, rows], 0].tolist() == [1, 0.5]


def test_kinds_of_columns_in_parquet(tmp_path):
    table = pa.table(
        {
            "whole": pa.array([1, 2], pa.int16()),
            "yes": pa.array([True, False]),
            "cost": pa.array(["1.50", "2.25"]).cast(pa.decimal128(5, 2)),
            "half": pa.array(np.array([0.5, 1], np.float16)),
            "__index_level_0__": pa.array([7, 8]),
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    assert found.names == ("whole", "yes", "cost", "half")
    assert found.x.tolist() == [[1, 1, 1.5, 0.5], [2, 0, 2.25, 1]]
    assert found.notes == ["pandas's index, __index_level_0__, is left out"]
    assert read_table(tmp_path / "t.parquet", chosen(columns="__index_level_0__,yes")).x.tolist() == [
        [7, 1],
        [8, 0],
    ]


TEXT = "name,age,born,height\nAnna,1,1990-01-02,1\nBen,2,1991-03-04,2\n"
HOLES = 'a,b,c\n1,NA,1\n2,2,1\n3, ,1\n4,4, NA \n5,"NaN",null\n6,6,1\n'


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            TEXT,
            {},
            r"no numbers in 'name' \(text, 'Anna' at row 0\), 'born' \(text, '1990-01-02' at row 0\); "
            r"choose columns of numbers: --columns age,height \(columns=\)",
        ),
        ("a,b\n1_000,1\n", {}, r"no numbers in 'a' \(text, '1_000' at row 0\)"),
        ("a,b\n1,1\n2,٣\n", {}, r"no numbers in 'b' \(text, '٣' at row 1\)"),
        ("a\nx\n", {}, r"no numbers in 'a' \(text, 'x' at row 0\); save numbers"),
        (
            "a;b\n2;1\n3;1,5\n",
            {},
            r"no numbers in 'b' \(decimal commas, '1,5' at row 1\); write decimal points: "
            r"pandas.read_csv\('t.csv', sep=';', decimal=','\).to_csv\('points.csv', index=False\)",
        ),
        ('a,b\n2,"-1,5e3"\n', {}, r"'b' \(decimal commas, '-1,5e3' at row 0\).* sep=',', decimal=','"),
        ("1,5;2,5;3,5\n1,5;2,5;3,5\n", {}, r"'3,5' \(decimal commas, '3,5' at row 0\).* sep=';'"),
        ('a,b\n2,"1,500.5"\n', {}, r"no numbers in 'b' \(text, '1,500.5' at row 0\); choose"),
        (
            HOLES,
            {},
            r"missing in 'b' \(3 of 6, the first at row 0\), 'c' \(2 of 6, the first at row 3\); --drop-missing "
            r"\(drop_missing=True\) leaves out the rows that lack any, 4 of 6, or choose other columns",
        ),
        ("a,b\n1,\n,2\n", {"drop_missing": True}, "every row has a missing value, in 'a' .*, 'b'"),
        ("a,b\n1,inf\n", {}, r"infinite values in 'b' \(1 of 1, the first at row 0\); remove those rows"),
        (TEXT, {"columns": "hight"}, r"there is no column 'hight'; did you mean 'height'"),
        (TEXT, {"columns": "age,age"}, r"--columns \(columns=\) names a column twice: age, age"),
        ("a,a,b\n1,2,3\n", {}, "several columns are called 'a'; give each a name of its own"),
        (",a,b\n0,1,2\n", {}, "a column has no name, as pandas writes its index; choose the others: --columns a,b"),
        ("", {}, "it is empty; a table has a line of names"),
        ("a,b\n1,2\n1\n", {}, "row 1 has 1 column, the first line 2: '1'"),
        ("1,2\n\n3,4\n1,2,3\n", {}, "row 2 has 3 columns, the first line 2: '1,2,3'"),
        ("a,b", {}, "there is but a line of names; a table has a line of names"),
        ("a,b\n", {}, "there is but a line of names; a table has a line of names"),
        ("\n\na,b\n1,2\n", {}, "its first line is empty; a table has a line of names"),
        (b"a,b\n" + b"1,2\n" * 3000 + b"\xe9,2\n", {}, r"it is not in UTF-8 \(.*\); save it as UTF-8"),
        ("a|b\n1|2\n", {}, "it has one column, and columns are parted by commas, semicolons or tabs"),
        ("a,b\n1,2\n".encode("utf-16"), {}, "it is in UTF-16; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-be"), {}, "it is in UTF-16; save it as UTF-8"),
        (b"h\xf6he,b\n1,2\n", {}, r"it is not in UTF-8 .*; save it as UTF-8"),
        (b"a\n\xff\n", {}, "t.csv: cannot be read as data: .*[Uu][Tt][Ff]"),
        ("a,b\0\nx,1\n", {}, r"--columns b\\x00 "),
        ("a\n\x1b[31m\n", {}, r"text, '\\\\x1b\[31m' at row 0"),
    ],
)
def test_what_is_refused_is_told_by_column(tmp_path, text, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        load_data(csv(tmp_path / "t.csv", text), **options)
    assert str(tmp_path / "t.csv") in str(caught.value)
    assert str(caught.value).isprintable()


def test_commas_in_a_file_of_tabs_are_no_decimal_commas(tmp_path):
    """Who followed that advice would train on 1.2 where 1 and 2 are."""
    message = r"'1,2' at row 0\); save numbers; it has one column, and columns are parted by tabs"
    with pytest.raises(ValueError, match=message) as caught:
        load_data(csv(tmp_path / "t.tsv", "a,b\n1,2\n"))
    assert "decimal" not in str(caught.value)


def test_parquet_that_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    times = pa.array([0], pa.timestamp("s"))
    parquet.write_table(pa.table({"a": ["x"], "b": times, "c": [[1]], "d": [1]}), path)
    with pytest.raises(
        ValueError, match=r"no numbers in 'a' \(string\), 'b' \(timestamp.*\), 'c' \(list.*; .* --columns d"
    ):
        load_data(path)
    parquet.write_table(pa.table({"a": pa.array([1, None]), "b": pa.nulls(2)}), path)
    with pytest.raises(ValueError, match=r"missing in 'a' \(1 of 2, the first at row 1\), 'b' \(2 of 2, the first"):
        load_data(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"t.parquet: cannot be read as data: "):
        load_data(path)


def test_rows_with_missing_values_left_out(tmp_path):
    data = load_data(csv(tmp_path / "t.csv", HOLES), drop_missing=True)
    assert data.x.tolist() == [[2, 2, 1], [6, 6, 1]]
    assert data.notes == ("left out 4 of 6 rows, which have missing values",)
    assert load_data(tmp_path / "t.csv", columns=["c", "a"], drop_missing=True).x.tolist() == [
        [1, 1], [1, 2], [1, 3], [1, 6]
    ]  # fmt: skip


def test_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r'tables need pyarrow: python -m pip install "diptych\[tables\]"'):
        load_data(csv(tmp_path / "t.csv", "a\n1\n"))


def test_scaling_is_exact_and_undone():
    x = np.stack(
        [RNG.normal(3, 2, 1000), 1e9 + RNG.uniform(size=1000), np.full(1000, 0.1), RNG.normal(size=1000) * 1e-200],
        1,
    )
    columns = Columns.fit("abcd", x)
    y = columns.scaled(x, "float64")
    np.testing.assert_allclose(y.mean(0), 0, atol=3e-7)  # the mean, 1e9, is rounded to 1e-7
    np.testing.assert_allclose(y.std(0), [1, 1, 0, 1], rtol=1e-9)
    assert (columns.mean[2], columns.deviation[2]) == (0.1, 1)
    np.testing.assert_allclose(columns.restored(y), x, rtol=1e-15)
    turned = Columns.fit("abcd", x[RNG.permutation(1000)])
    assert (turned.mean, turned.deviation) == (columns.mean, columns.deviation)  # whatever the order of the sum is
    assert Columns.fit("a", np.array([[1.7e308], [-1.7e308]])).deviation == (1.7e308,)
    for large in ([1.7e308, 1.7e308, 0], [1.7e308, -1.7e308, -1.7e308]):
        with pytest.raises(ValueError, match=r"column 'a' has numbers of 1.7e\+308; save smaller units"):
            Columns.fit("a", np.array(large)[:, None])


@pytest.mark.parametrize(
    "values",
    [((), (), ()), (("a",), (0.0,), (0.0,)), (("a",), (float("nan"),), (1.0,)), (("a",), (0.0, 1.0), (1.0,))],
)
def test_columns_of_a_record_that_no_run_has(values):
    with pytest.raises(ValueError, match="columns need"):
        Columns(*values)


def test_a_run_on_a_table(people, tmp_path, run, refused, backend):
    """Fitted on the rows trained on, kept in the run, undone in samples; from the shell and from Python alike."""
    words = ("train", "vae", "--backend", backend, "--width", 16, "--held-out", 0.2, "--batch", 50, "--latent", 2)
    words = (*words, "--data", people, "--seed", 3)
    told = run(*words, "--rounds", 20, "--out", tmp_path / "a")
    assert told.exit_code == 0, told.output
    assert "columns are scaled to mean 0 and deviation 1 over the rows trained on" in told.output.replace("\n", " ")
    config = load(tmp_path / "a").config
    fitted = split(load_data(people).x, 0.2, 3)[0]
    assert config.columns.names == tuple(PEOPLE)
    np.testing.assert_allclose(config.columns.mean, fitted.mean(0), rtol=1e-14)
    np.testing.assert_allclose(config.columns.deviation, fitted.std(0), rtol=1e-9)
    assert Config.from_record(config.record()) == config
    own = own_data(config)
    assert own.x.dtype == np.float32
    np.testing.assert_allclose(split(own.x, 0.2, 3)[0].std(0), 1, rtol=1e-4)

    for ending in ("csv", "parquet", "npz", "npy"):
        out = tmp_path / f"s.{ending}"
        assert run("sample", tmp_path / "a", "--out", out, "--n", 7).exit_code == 0
        expected = load(tmp_path / "a").sample(7)
        np.testing.assert_array_equal(load_data(out, "float64").x, expected)
        assert load_data(out).columns == (tuple(PEOPLE) if ending in ("csv", "parquet") else ())
    assert np.abs(expected[:, 2] - 1.6e9).max() < 100
    assert "no picture of samples of shape (3,)" in refused("sample", tmp_path / "a", "--out", tmp_path / "s.png")

    resumed = (*words, "--rounds", 30, "--out", tmp_path / "a", "--resume")
    assert "columns ['height', 'weight'] here, none there" in refused(*resumed, "--columns", "height,weight")
    assert run(*resumed).exit_code == 0
    settings = {"backend": backend, "width": 16, "held_out": 0.2, "batch": 50, "latent": 2, "seed": 3}
    whole = train("vae", data=people, out=tmp_path / "b", rounds=30, **settings)
    assert whole.config == config
    np.testing.assert_array_equal(whole.sample(5), load(tmp_path / "a").sample(5))

    x = load_data(people).x
    y = whole.reconstruct(people)
    assert y.shape == x.shape
    np.testing.assert_allclose(y, whole.reconstruct(x), rtol=1e-12)
    with pytest.raises(
        ValueError, match="the run's table has the columns height, weight, sold; give rows of these"
    ):
        whole.reconstruct(x[:, :2])
    found = evaluate(tmp_path / "a", metrics="fd")
    assert found.of(str(tmp_path / "a"))["fd"].value < 20  # in units of the model: those of the table are 1e9


def of_three_rounds(path, out):
    """Words of the command line."""
    return (*("train", "vae", "--data", path, "--backend", "torch", "--batch", 30), "--rounds", 3, "--out", out)


@pytest.mark.torch
def test_a_table_of_two_columns_is_drawn_in_its_units(tmp_path, run):
    path = csv(tmp_path / "t.csv", "a,b\n" + "".join(f"{i},{1000 * i * i}\n" for i in range(60)))
    assert run(*of_three_rounds(path, tmp_path / "r")).exit_code == 0
    assert (tmp_path / "r" / "samples-0000003.png").exists()
    assert run("sample", tmp_path / "r", "--out", tmp_path / "s.png", "--reconstruct").exit_code == 0


@pytest.mark.torch
def test_a_constant_column_is_told(tmp_path, run):
    path = csv(tmp_path / "t.csv", "a,b,c\n" + "".join(f"{i},7.5,{i % 3}\n" for i in range(60)))
    told = run(*of_three_rounds(path, tmp_path / "r"))
    assert "columns that are constant have nothing to learn: b = 7.5" in told.output.replace("\n", " ")
    trained = load(tmp_path / "r")
    assert trained.config.columns.deviation[1] == 1
    assert np.abs(trained.sample(9)[:, 1] - 7.5).max() < 5


@pytest.mark.torch
def test_samples_of_what_is_no_table(tmp_path, run, refused):
    train("vae", data="digits", backend="torch", out=tmp_path / "d", rounds=1, width=8)
    said = refused("sample", tmp_path / "d", "--out", tmp_path / "s.csv")
    assert "rows of shape (8, 8, 1) are no table; choose .npy or .npz" in said
    train("vae", data=np.eye(30)[:, :4], backend="torch", out=tmp_path / "r", rounds=1, width=8, batch=8)
    assert run("sample", tmp_path / "r", "--out", tmp_path / "s.csv", "--n", 3).exit_code == 0
    assert load_data(tmp_path / "s.csv").columns == ("x0", "x1", "x2", "x3")
    assert run("sample", tmp_path / "r", "--out", tmp_path / "S.CSV", "--n", 3).exit_code == 0
    assert (tmp_path / "S.CSV").read_text() == (tmp_path / "s.csv").read_text()

"""Processes that run a program together: what they give, and how it ends where one of them fails."""

import os
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest

from diptych import processes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def crew(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)  # the processes import this file
    monkeypatch.setattr(processes, "GRACE", 1.0)
    with processes.started([nullcontext, nullcontext]) as crew:
        yield crew


@contextmanager
def numbered(number):
    os.environ["NUMBER_OF_A_TEST"] = str(number)
    yield


def own(factor):
    return factor * int(os.environ["NUMBER_OF_A_TEST"])


def refusing():
    raise ValueError("too few rows")


def dying(after=0.0):
    time.sleep(after)
    os._exit(3)


def waiting():
    time.sleep(60)


def test_each_is_set_up_and_gives_what_the_program_gave(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    with processes.started([partial(numbered, number) for number in (2, 5)]) as crew:
        assert crew(own, 10) == [20, 50]
        assert crew(own, 1) == [2, 5]
    with pytest.raises(RuntimeError, match="these processes have ended"):
        crew(own, 1)


def test_an_error_is_raised_here_and_the_processes_live_on(crew):
    with pytest.raises(ValueError, match="too few rows") as raised:
        crew(refusing)
    assert raised.value.__notes__ == ["in process 0 of 2"]
    assert len(set(crew(os.getpid))) == 2


def test_where_one_dies_all_are_ended(crew):
    with pytest.raises(RuntimeError, match="ended with status 3"):
        crew(dying)
    assert crew.ended


def test_who_gives_no_answer_in_time_is_named_and_ended(crew, monkeypatch):
    crew(os.getpid)  # has started
    monkeypatch.setattr(processes, "LIMIT", 0.2)
    with pytest.raises(RuntimeError, match=r"process 0, 1 of 2: no answer within 0\.2 s"):
        crew(waiting)
    assert crew.ended


def test_a_set_up_that_fails_is_the_answer(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    with processes.started([refusing]) as crew, pytest.raises(ValueError, match="too few rows"):
        crew(os.getpid)

"""Processes that run a program together: what they give, and how it ends where one of them fails."""

import os
import signal
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
    with pytest.raises(ChildProcessError, match=r"process 0 of 2 ended with status 3"):
        crew(dying)
    assert crew.ended


def failing_as_the_second():
    if os.environ["NUMBER_OF_A_TEST"] == "1":
        raise ValueError("the cause")
    raise ConnectionError("the second has gone")


def killed_as_the_second():
    if os.environ["NUMBER_OF_A_TEST"] == "1":
        os.kill(os.getpid(), signal.SIGKILL)
    raise ConnectionError("the second has gone")


@pytest.mark.parametrize(
    ("program", "error", "said"),
    [
        (failing_as_the_second, ValueError, "the cause"),
        (killed_as_the_second, ChildProcessError, "process 1 of 2 was ended by SIGKILL"),
    ],
)
def test_of_several_errors_the_cause_is_raised(monkeypatch, program, error, said):
    monkeypatch.syspath_prepend(ROOT)
    set_ups = [partial(numbered, number) for number in (0, 1)]
    with processes.started(set_ups) as crew, pytest.raises(error, match=said):
        crew(program)


def own_signals():
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_signals_are_the_business_of_who_has_started_them(crew):
    for blocked in crew(own_signals):
        assert {signal.SIGINT, signal.SIGHUP, signal.SIGTERM} <= blocked
    assert not own_signals()


def test_who_gives_no_answer_in_time_is_named_and_ended(crew):
    crew(os.getpid)  # has started
    crew.limit = 0.2
    with pytest.raises(RuntimeError, match=r"process 0, 1 of 2: no answer within 0\.2 s"):
        crew(waiting)
    assert crew.ended


def test_a_set_up_that_fails_is_the_answer(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    with processes.started([refusing]) as crew, pytest.raises(ValueError, match="too few rows"):
        crew(os.getpid)

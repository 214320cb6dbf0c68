"""What runs in a forked child: the suite, imported afresh, with one module's source replaced or its calls recorded.

The parent has imported the framework and nothing of this project; so a child costs a fork and half a second.
"""

import importlib.abc
import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

DEVICES = {"torch": "cpu", "keras": "CPU:0"}  # named, where what is mutated is the backend
VARIED = ("ns-gan", "wgan", "wgan-gp", "mmd-gan", "vae", "iwae", "vae-gan", "wae-gan")  # in how they train
NARROW = ("ns-gan/adam", "float32")
Key = tuple[str, int]  # a function: its module's path and its first line


@dataclass(frozen=True)
class Replaced(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and runs another source for it."""

    name: str
    file: Path
    source: str

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        places = [str(self.file.parent)] if self.file.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(
            fullname, self.file, loader=self, submodule_search_locations=places
        )

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, str(self.file), "exec"), module.__dict__)


def cases(native: bool) -> list[Any]:
    """Of scope `standard`, eager, objectives in float64 alone.

    With `native`, where what is mutated is the backend: networks, what scope `quick` has, compiled too, and rounds
    of some methods, gated, clipped and float32 ones compiled too. To a backend one method is much like another.
    """
    from diptych_conformance import Scope, Selection

    def taken(case: Any) -> bool:
        quick, eager = case.scope is Scope.QUICK, case.execution == "eager"
        if native and not eager:
            kept = case.subject.startswith(("gated", "clipped")) or (case.subject, case.dtype) == NARROW
            return quick or (case.level == "rounds" and kept)
        varied = case.level == "rounds" and case.method in VARIED
        if native and not (quick or varied or case.level == "networks" or case.subject.endswith("/gate")):
            return False
        return eager and (case.dtype == "float64" or case.level in ("primitives", "terms", "networks"))

    return [case for case in Selection(scope=Scope.STANDARD).cases() if taken(case)]


def first_failure(backend: str, native: bool, ids: Iterable[str]) -> str | None:
    """The first of these cases, in this order, that does not pass."""
    import diptych
    from diptych_conformance.core.session import Session
    from diptych_conformance.running.suite import run_case

    known = {case.id: case for case in cases(native)}
    session = Session(diptych.backend(backend), DEVICES[backend] if native else None)
    for name in ids:
        if name not in known:
            return f"{name} (gone)"
        result = run_case(known[name], session)
        if result.detail.startswith("MemoryError"):
            raise MemoryError(result.detail)
        if result.status not in ("passed", "not applicable"):
            return name
    return None


def record(backend: str, native: bool, root: Path) -> dict[str, Any]:
    """What loading and listing the cases runs, in a healthy suite; what each case runs, and how long it takes.

    A function that only runs while a method is made belongs to the cases of the method.
    """
    calls = Calls(root)
    with calls:
        import diptych
        from diptych_conformance.core.session import Session
        from diptych_conformance.references.compositions import COMPOSITIONS
        from diptych_conformance.references.methods import STATEMENTS
        from diptych_conformance.running.suite import run_case

        selected = cases(native)
        session = Session(diptych.backend(backend), DEVICES[backend] if native else None)
    loading, made = calls.taken(), {}
    for name in diptych.CATALOGUE:
        with calls:
            for form in STATEMENTS[name].forms.values():
                form.small.method()
            for composition in COMPOSITIONS:
                if composition.near == name:
                    composition.method()
        made[name] = calls.taken()
    ran = {}
    for case in selected:
        with calls:
            result = run_case(case, session)
        if result.status not in ("passed", "not applicable"):
            raise ValueError(f"{case.id} fails without a mutant: {result.detail}")
        ran[case.id] = result.seconds, sorted(calls.taken() | made.get(case.method, set()))
    return {"loading": sorted(loading), "cases": ran}


class Calls:
    """The functions of the project that are called while this context is open."""

    def __init__(self, root: Path) -> None:
        self._prefix = f"{root}/"
        self._keys: dict[CodeType, Key | None] = {}
        self._found: set[Key] = set()

    def taken(self) -> set[Key]:
        found, self._found = self._found, set()
        return found

    def __enter__(self) -> None:
        self._found = set()
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if code not in self._keys:
            file = code.co_filename
            inside = file.startswith(self._prefix) and "/diptych_conformance/" not in file
            self._keys[code] = (file.removeprefix(self._prefix), code.co_firstlineno) if inside else None
        key = self._keys[code]
        if key is not None:
            self._found.add(key)

"""A port begun: a small distribution with every method of the protocol in it, documented and to be written.

python -m diptych_conformance.port NAME --into DIR
"""

import re
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from string import Template

import diptych

NAME = re.compile(r"[a-z]([a-z0-9_]*[a-z0-9])?")
SUFFIX = ".txt"  # of the templates: not one of them is a module or a project of this package's own


def write_port(name: str, into: Path) -> Path:
    """Write the distribution ``diptych-NAME`` below `into`, whole or not at all, and give its folder.

    Raises ValueError where the name will not do, FileExistsError where there is something in the folder's place.
    """
    check_name(name)
    folder = into / f"diptych-{name}"
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{folder} is there already: choose another name or folder, or take it away")
    into.mkdir(parents=True, exist_ok=True)
    fields = {"name": name, "version": version("diptych")}
    with tempfile.TemporaryDirectory(dir=into, prefix=".diptych-") as temporary:
        whole = Path(temporary) / folder.name
        for path, text in _templates(files(__name__) / "template"):
            file = whole / path.replace("package/", f"diptych_{name}/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(Template(text).substitute(fields), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        whole.rename(folder)
    return folder


def check_name(name: str) -> None:
    """Raise ValueError unless a new backend, and the package ``diptych_NAME``, may be called so."""
    known = diptych.backend_names()
    if not NAME.fullmatch(name):
        raise ValueError(
            "a name is lower-case letters, digits and underscores, a letter first and no underscore last; "
            f"got {name!r}"
        )
    if name in known:
        raise ValueError(f"a backend {name!r} is registered already; there are {', '.join(known)}")
    if find_spec(f"diptych_{name}"):
        raise ValueError(f"a package diptych_{name} is installed already: choose another name")


def _templates(folder: Traversable, path: str = "") -> Iterator[tuple[str, str]]:
    """The place of each file in the distribution, and its text."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _templates(entry, f"{path}{entry.name}/")
        else:
            yield path + entry.name.removesuffix(SUFFIX), entry.read_text(encoding="utf-8")

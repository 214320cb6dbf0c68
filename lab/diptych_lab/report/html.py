"""What pages of one file share: templates that escape, the style, the scripts, and pictures inside of the page."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

import jinja2
from markupsafe import Markup

HERE = Path(__file__).parent


def environment(*folders: Path) -> jinja2.Environment:
    """Templates of these folders and of this one; what they are given is escaped."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader((*folders, HERE)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["scientific"] = scientific
    found.globals |= {"style": style, "scripts": scripts, "policy": policy}
    return found


def style() -> Markup:
    return Markup((HERE / "style.css").read_text(encoding="utf-8"))


@cache
def scripts() -> tuple[Markup, ...]:
    """plotly.js and the page's own, to stand at its end."""
    from plotly.offline import get_plotlyjs  # here: 5 MB

    return Markup(get_plotlyjs()), Markup((HERE / "charts.js").read_text(encoding="utf-8"))


def policy(live: bool = False) -> str:
    """What a browser lets the page do: run these scripts and no others, fetch nothing, unless from where it is."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts())
    fetched = "img-src 'self' data:; connect-src 'self'" if live else "img-src data:"
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; {fetched}"


def data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


def scientific(y: float) -> str:
    """``2.3 × 10⁻⁷``; 0 as itself."""
    if y == 0:
        return "0"
    digits, _, power = f"{y:.1e}".partition("e")
    return f"{digits} × 10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"

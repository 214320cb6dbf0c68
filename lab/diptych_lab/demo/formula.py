"""A formula as SVG outlines, in the colour of the text around it."""

from html import escape

from markupsafe import Markup
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

_LETTERS = {TextPath.MOVETO: "M", TextPath.LINETO: "L", TextPath.CURVE3: "Q", TextPath.CURVE4: "C"}
_UNKNOWN = {r"\lVert": r"\Vert", r"\rVert": r"\Vert"}  # to matplotlib, which sets the formula


def formula(latex: str, size: float = 20.0) -> Markup:
    """One line of LaTeX mathematics, `size` pixels high; it shrinks where there is no room."""
    text = latex
    for ours, theirs in _UNKNOWN.items():
        text = text.replace(ours, theirs)
    path = TextPath((0, 0), f"${text}$", size=size, prop=FontProperties(math_fontfamily="cm"))
    box = path.get_extents()
    drawing = " ".join(
        "Z" if code == TextPath.CLOSEPOLY else _LETTERS[code] + " ".join(f"{value:.1f}" for value in points)
        for points, code in path.iter_segments()
    )
    view = f"{box.x0 - 1:.1f} {-box.y1 - 1:.1f} {box.width + 2:.1f} {box.height + 2:.1f}"
    return Markup(
        f'<svg class="formula" viewBox="{view}" style="max-width: {box.width:.0f}px" role="img" '
        f'aria-label="{escape(latex)}"><path transform="scale(1 -1)" fill="currentColor" d="{drawing}"/></svg>'
    )

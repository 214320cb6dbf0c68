"""Line charts as SVG, coloured by the page's style sheet so that they follow light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from markupsafe import Markup

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 40
_POINTS = 400  # a line has at most so many; each stands for as many rounds


@dataclass(frozen=True)
class Series:
    """`style` is a class of the style sheet."""

    label: str
    style: str
    values: Sequence[float]


def line_chart(series: Sequence[Series], *, title: str, xlabel: str, peak: bool = False) -> Markup:
    """The series over their index, the value axis logarithmic.

    Stretches of values are drawn as their mean, or with `peak` as their largest. Values that are not positive
    have no place on the axis and are left out.
    """
    thinned = [(s, _thin(s.values, peak)) for s in series]
    values = [y for _, points in thinned for _, y in points]
    if not values:
        raise ValueError(f"chart {title!r} has no positive value to show")
    low, high = min(values), max(values)
    ticks = log_ticks(low, high)
    low, high = log10(min(low, *ticks)), log10(max(high, *ticks))
    last = max(len(s.values) for s in series) - 1

    def at(t: float, y: float) -> tuple[float, float]:
        across = LEFT + t / max(last, 1) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - (log10(y) - low) / ((high - low) or 1) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    parts = []
    for y in ticks:
        _, down = at(0, y)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{down}" x2="{WIDTH - RIGHT}" y2="{down}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{down + 4}" text-anchor="end">{_tick(y)}</text>')
    for t in linear_ticks(last):
        across, _ = at(t, ticks[0])
        parts.append(f'<text class="tick" x="{across}" y="{HEIGHT - 20}" text-anchor="middle">{t}</text>')
    parts.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">{xlabel}</text>')
    for s, points in thinned:
        path = " ".join("{},{}".format(*at(t, y)) for t, y in points)
        parts.append(f'<polyline class="line {s.style}" points="{path}"/>')
    return Markup(  # numbers and our own words only
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">{"".join(parts)}</svg>'
    )


def _thin(values: Sequence[float], peak: bool) -> list[tuple[float, float]]:
    """At most _POINTS points (middle of a stretch, its mean or peak), all of them positive."""
    stretch = ceil(len(values) / _POINTS)
    points = []
    for first in range(0, len(values), stretch):
        part = values[first : first + stretch]
        points.append((first + (len(part) - 1) / 2, max(part) if peak else sum(part) / len(part)))
    return [(t, y) for t, y in points if y > 0 and isfinite(y)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten from below `low` on, about six of them up to `high`; 1, 2, 5 of each around both where few."""
    first, last = floor(log10(low)), ceil(log10(high))
    if last - first <= 3:
        fine = [m * 10.0**e for e in range(first, last + 1) for m in (1, 2, 5)]
        below = [y for y in fine if y <= low]
        above = [y for y in fine if y >= high]
        return [y for y in fine if below[-1] <= y <= above[0]]
    step = ceil((last - first) / 6)
    return [10.0**e for e in range(first, last + 1, step)]


def linear_ticks(last: int) -> list[int]:
    """Round numbers from 0 to at most `last`, about five of them."""
    rough = max(last / 5, 1)
    unit = 10 ** floor(log10(rough))
    step = min((m * unit for m in (1, 2, 5, 10) if m * unit >= rough), default=unit)
    return list(range(0, last + 1, step))


def scientific(y: float) -> str:
    """``2.3 × 10⁻⁷``; 0 as itself."""
    if y == 0:
        return "0"
    digits, _, power = f"{y:.1e}".partition("e")
    return f"{digits} × {_power_of_ten(int(power))}"


def _tick(y: float) -> str:
    return f"{y:g}" if 1e-2 <= y < 1e4 else _power_of_ten(round(log10(y)))


def _power_of_ten(exponent: int) -> str:
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))

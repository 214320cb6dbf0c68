"""HTML out of plain text: whatever is not `Markup` is escaped, and plain, on its way into a tag."""

from collections.abc import Iterable
from html import escape
from typing import Any

from diptych.plain import plain


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def join(*content: Any) -> Markup:
    return Markup("".join(part if isinstance(part, Markup) else escape(plain(str(part))) for part in content))


def tag(name: str, *content: Any, **attributes: Any) -> Markup:
    """<name ...>content</name>. An attribute's name loses a trailing _; one whose value is "" is left out."""
    written = "".join(
        f' {key.rstrip("_")}="{escape(plain(str(value)))}"' for key, value in attributes.items() if value != ""
    )
    return Markup(f"<{name}{written}>{join(*content)}</{name}>")


def table(head: Iterable[Any], rows: Iterable[Iterable[Any]], class_: str = "") -> Markup:
    """Cells that are no <td> already become one."""
    top = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head)))
    body = tag("tbody", *(tag("tr", *(_cell(cell) for cell in row)) for row in rows))
    return tag("div", tag("table", top, body, class_=class_), class_="table")


def _cell(content: Any) -> Markup:
    return content if isinstance(content, Markup) and content.startswith("<td") else tag("td", content)


def section(title: str, note: str, *content: Any) -> Markup:
    return tag("section", tag("h2", title), tag("p", note) if note else "", *content)

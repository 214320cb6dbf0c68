"""An evaluation as a reader meets it: a table in the terminal, and a page of Markdown and of HTML."""

from collections.abc import Iterator
from html import escape

from rich.table import Table
from rich.text import Text

from diptych.plain import plain
from diptych_lab.evaluation.catalogue import MEASURES
from diptych_lab.evaluation.record import Evaluation, Number

_ARROW = {"low": "↓", "high": "↑"}
_HEADINGS = ("number", "of", "value", "95 % interval", "rows")


def table(evaluation: Evaluation) -> Table:
    """Each number of every sample and of the data, one below the other; an arrow says where good is."""
    found = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        found.add_column(heading, overflow="fold", justify="right" if heading in ("value", "rows") else "left")
    for name, numbers in _grouped(evaluation):
        for i, number in enumerate(numbers):
            better = f"{name} {_ARROW[number.better]}"
            found.add_row(*(Text(plain(cell)) for cell in ("" if i else better, *_cells(number))))
        found.add_section()
    return found


def markdown(evaluation: Evaluation) -> str:
    """The same as a page, with what each number says and does not say, and how its interval was found."""
    lines = ["# Evaluation", "", *_heading(evaluation), "", f"| {' | '.join(_HEADINGS)} |", "|---|---|--:|---|--:|"]
    for name, numbers in _grouped(evaluation):
        for i, number in enumerate(numbers):
            cells = ("" if i else f"{name} {_ARROW[number.better]}", *_cells(number))
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    lines += ["", *(f"* {_cell(note)}" for note in evaluation.notes), ""]
    for title, sentences in _explained(evaluation):
        lines += [f"**{title}.** {' '.join(sentences)}", ""]
    return "\n".join(lines)


def html(evaluation: Evaluation) -> str:
    """The same for a browser: no script, and nothing from elsewhere."""
    head = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
    rows = "".join(
        f"<tr{' class=first' if not i else ''}>"
        + "".join(
            f"<td>{escape(cell)}</td>" for cell in ("" if i else f"{name} {_ARROW[number.better]}", *_cells(number))
        )
        + "</tr>\n"
        for name, numbers in _grouped(evaluation)
        for i, number in enumerate(numbers)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in evaluation.notes)
    texts = "".join(
        f"<p><b>{escape(title)}.</b> {escape(' '.join(sentences))}</p>\n"
        for title, sentences in _explained(evaluation)
    )
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Evaluation</title>\n'
        f"<style>{_STYLE}</style>\n<h1>Evaluation</h1>\n"
        f"<p>{escape(' '.join(_heading(evaluation)))}</p>\n"
        f"<table><tr>{head}</tr>\n{rows}</table>\n<ul>{notes}</ul>\n{texts}</html>\n"
    )


_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1e21}"
    "table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left}"
    "td:nth-child(3),td:nth-child(5){text-align:right;font-variant-numeric:tabular-nums}"
    "tr.first td{border-top:1px solid #d5d8dc}"
)


def _grouped(evaluation: Evaluation) -> Iterator[tuple[str, list[Number]]]:
    """Number by number; samples first, then the data."""
    order = [*evaluation.subjects, *evaluation.floor]
    for name in dict.fromkeys(each.number for each in evaluation.numbers):
        found = [each for each in evaluation.numbers if each.number == name]
        yield name, sorted(found, key=lambda each: order.index(each.subject))


def _cells(number: Number) -> tuple[str, ...]:
    rows = str(number.n) if number.n == number.n_real else f"{number.n} to {number.n_real}"
    ends = "" if number.interval.startswith("none") else f"{number.low:.4g} to {number.high:.4g}"
    return number.subject, f"{number.value:.4g}", ends, rows


def _heading(evaluation: Evaluation) -> list[str]:
    return [
        f"Against {evaluation.reference}; features {evaluation.features}, {evaluation.dimensions} of them; "
        f"seed {evaluation.seed}.",
        "Below the numbers of the samples are those of the data: other rows of them, against the same.",
    ]


def _explained(evaluation: Evaluation) -> Iterator[tuple[str, list[str]]]:
    """Of each metric: what it says and does not say, its source, and how its intervals were found."""
    for name in dict.fromkeys(each.metric for each in evaluation.numbers):
        measure = MEASURES[name]
        how = dict.fromkeys(each.interval for each in evaluation.numbers if each.metric == name)
        yield (
            measure.title,
            [
                f"It says {measure.says}.",
                f"It does not say {measure.does_not_say}.",
                f"Source: {measure.source}.",
                f"Intervals: {'; '.join(how)}.",
            ],
        )


def _cell(text: str) -> str:
    """Of a table, in which a bar would end it, on a page, in which no mark of its own is meant."""
    return escape(plain(text).replace("\n", " "), quote=False).replace("|", r"\|")

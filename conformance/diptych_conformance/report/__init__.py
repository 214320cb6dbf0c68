"""What a run leaves: lines on the terminal, and files for machines (JSON, JUnit) and people (Markdown, HTML)."""

from diptych_conformance.report.changes import Changes, Outline, changes, outline
from diptych_conformance.report.files import as_json, earlier, joined, read, write, write_json, write_text
from diptych_conformance.report.terminal import Terminal, print_changes, print_pairs

__all__ = [
    "Changes",
    "Outline",
    "Terminal",
    "as_json",
    "changes",
    "earlier",
    "joined",
    "outline",
    "print_changes",
    "print_pairs",
    "read",
    "write",
    "write_json",
    "write_text",
]

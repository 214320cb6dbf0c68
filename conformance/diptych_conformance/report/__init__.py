"""What a run leaves: lines on the terminal, and files for machines (JSON, JUnit) and people (Markdown)."""

from diptych_conformance.report.files import read, write, write_json, write_text
from diptych_conformance.report.terminal import Terminal, print_pairs

__all__ = ["Terminal", "print_pairs", "read", "write", "write_json", "write_text"]

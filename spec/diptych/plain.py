"""What a backend says, to be shown: no control character of it reaches a terminal or a file."""

import re

# All but newline and tab: also those that turn the direction of the text, and what is no character.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def plain(text: str, indent: str = "") -> str:
    """With control characters escaped as in Python, and lines after the first behind `indent`."""
    return _CONTROL.sub(lambda m: m[0].encode("unicode_escape").decode(), text).replace("\n", f"\n{indent}")

"""Mistakes in the spec's own sources, which every backend and the oracle follow.

No two implementations differ because of them: only the suite's second statements detect them.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class TextFault:
    """In the spec's `module`, `before` is replaced by `after`; among the cases named by `cases`, `leg` must fail.

    `module` is a path such as ``diptych/methods/presets/wgan_gp.py``. `before` is a piece of it that occurs once,
    so that the catalogue follows the sources.
    """

    name: str
    module: str
    before: str
    after: str
    cases: str
    leg: str

    @property
    def level(self) -> str:
        return self.cases.partition("/")[0]

    def planted(self, source: str) -> str:
        """The module's source with the mistake in it.  ValueError unless the piece occurs exactly once."""
        count = source.count(self.before)
        if count != 1:
            raise ValueError(f"{self.name}: {self.before!r} occurs {count} times in {self.module}, not once")
        return source.replace(self.before, self.after)


def of_loss(
    name: str, module: str, before: str, after: str, subject: str, leg: str, *, on: str = "dense"
) -> TextFault:
    """A mistake in the loss of `subject`, a form and a player: it must differ from the paper's on such networks."""
    cases = f"objectives/{subject}/{on}/float64/eager/{leg}.formula"
    return TextFault(name, f"diptych/{module}", before, after, cases, leg)


def of_settings(name: str, module: str, before: str, after: str, subject: str) -> TextFault:
    """A mistake in the players, the noise or the defaults of the form `subject`."""
    cases = f"objectives/{subject}/settings/float64/eager/*"
    return TextFault(name, f"diptych/{module}", before, after, cases, "value")


def of_term(name: str, module: str, before: str, after: str, term: str, *, check: str = "") -> TextFault:
    """A mistake in a term: its values must differ, or its derivatives at a corner."""
    return TextFault(name, f"diptych/{module}", before, after, f"terms/{term}/float64/eager/value{check}", "value")


def of_metric(name: str, module: str, before: str, after: str, metric: str, *, at: str = "value") -> TextFault:
    """A mistake that a metric must show on ordinary samples, or `at` another leg and check."""
    cases = f"metrics/{metric}/float64/eager/{at}"
    return TextFault(name, f"diptych/metrics/{module}", before, after, cases, at.partition(".")[0])

"""What a backend may or may not be able to do."""

from enum import StrEnum


class Capability(StrEnum):
    """A feature that a backend may or may not have. Conformance exercises each that it claims."""

    FLOAT64 = "float64"
    FLOAT32 = "float32"
    COMPILED = "compiled"  # the whole player step as one compiled function
    XLA = "xla"  # the same through XLA
    DOUBLE_BACKWARD = "double backward"  # a loss that holds `ops.grad` can be differentiated
    NATIVE_NETWORKS = "native networks"  # the framework's own modules may fill a role
    PROCESS_SETTINGS = "process settings"  # it lists settings that change no number: `HasProcessSettings`
    EVIDENCE = "evidence"  # it says what its framework compiled, and where arrays lie: `HasEvidence`
    RATES = "rates"  # a step is told learning rates
    DECAY = "decay"  # the rule AdamW
    CLIPPING = "clipping"  # a rule's `clip_norm`
    AVERAGES = "averages"  # a rule's `ema`
    PARTS = "parts"  # a rule's `accumulate`
    SPECTRAL_NORM = "spectral norm"  # the layer `SpectralNorm`, whose vector moves once a step
    REPLICAS = "replicas"  # one step on several devices, each with its rows of the batch: `HasReplicas`
    OWN_LOOP = "own loop"  # a method is trained by the loop that users of its framework know: `HasOwnLoop`

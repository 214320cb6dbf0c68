"""A JAX backend of diptych."""

from diptych_jax.backend import JaxBackend
from diptych_jax.nets import Module

__all__ = ["JaxBackend", "Module", "backend"]


def backend() -> JaxBackend:
    """What the entry point ``diptych.backends: jax`` names."""
    return JaxBackend()

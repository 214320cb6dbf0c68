"""A JAX backend of diptych: the entry point ``diptych.backends: jax`` names `JaxBackend`."""

from diptych_jax.backend import JaxBackend
from diptych_jax.nets import Module

__all__ = ["JaxBackend", "Module"]

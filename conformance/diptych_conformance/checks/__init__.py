"""Checks: each does something with a backend, compares it with a reference, and gives one finding."""

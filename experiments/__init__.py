"""Experiments: what the methods do, measured and laid out as pages."""

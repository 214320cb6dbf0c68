"""Level 7: arrays of every kind, modules of the framework's own, the process around a call."""

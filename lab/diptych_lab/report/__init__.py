"""Pages on runs: ``diptych compare``, and ``diptych watch``, which keeps one up to date."""

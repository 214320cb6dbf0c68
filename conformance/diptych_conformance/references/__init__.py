"""The right answers, without a backend: the oracle in NumPy, the methods from their papers, differences."""

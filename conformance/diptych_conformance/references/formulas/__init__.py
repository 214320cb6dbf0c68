"""Formulas of terms, for one pair or one sample at a time, of which the statements of methods are made."""

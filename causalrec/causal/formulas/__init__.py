"""Formulas of probabilities and expected values, and the tables they are evaluated on. Taught: lessons 3a to 3c."""

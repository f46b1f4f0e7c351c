"""Graphs and tables from the literature, with their sources: for lessons, tests and widgets."""

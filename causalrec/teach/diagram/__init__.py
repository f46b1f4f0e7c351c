"""Drawings of causal graphs: where boxes and arrows go, what is done to a graph, and the same in words."""

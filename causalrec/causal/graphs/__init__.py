"""Causal graphs: what they say, what they separate, how they are drawn. Taught: lessons 2a, 2b."""

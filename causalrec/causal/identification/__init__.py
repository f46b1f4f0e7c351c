"""Which formula answers a causal question, or the proof that none does. Taught: lessons 3a to 3c."""

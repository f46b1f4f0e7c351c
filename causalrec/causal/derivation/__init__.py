"""The three rules of the do-calculus, and derivations made of them. Taught: lesson 3b."""

"""Structural causal models: seeing, doing and counterfactuals. Taught: lessons 2a, 2c."""

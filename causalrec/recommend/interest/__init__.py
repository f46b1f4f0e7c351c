"""What a shopper may like: one interface, simple and neural models, calibration. Taught: lessons 4a, 4b."""

"""What a shopper may like: one interface, simple and neural models, calibration."""

"""What a student fills in: one module for each exercise, built from ``solutions/``."""

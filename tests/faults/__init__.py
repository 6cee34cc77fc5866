"""Faults on the real parts: one region under load, one fault after another, and after each the books are checked."""

"""What runs without being asked: the worker on findings, and the timer."""

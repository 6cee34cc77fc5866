"""What runs without being asked: the workers of the region's parts, and the timer."""

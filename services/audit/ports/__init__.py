"""What the handlers need of the world."""

"""What oversight does: count what came, and look at what time has done."""

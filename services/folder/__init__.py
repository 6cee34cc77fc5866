"""A region's folder as all services together read it: checked and tried before anything runs on it."""

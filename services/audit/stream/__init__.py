"""The Kafka edge, and the loops that time drives."""

"""The edges of subscription that nobody calls: Kafka and time."""

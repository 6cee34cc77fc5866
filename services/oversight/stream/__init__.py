"""The Kafka edge of oversight: Faust, and nowhere else in the stack."""

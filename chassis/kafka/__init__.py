"""The broker: one interface, a real edge over aiokafka, and a twin in memory."""

"""The batch path: records in, one database transaction, records out through the outbox."""

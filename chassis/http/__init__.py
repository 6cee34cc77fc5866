"""The HTTP edge of every service: application, problem documents, health, callers, idempotency."""

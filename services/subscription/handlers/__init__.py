"""The use cases of subscription."""

"""The use cases of the issuer."""

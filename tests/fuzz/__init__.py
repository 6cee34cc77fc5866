"""Requests that nobody thought of, over the whole OpenAPI of every service: `make fuzz`."""

"""The services, none of which knows another."""

"""The published language of the health code: values, areas, identities, events, credentials. No I/O."""

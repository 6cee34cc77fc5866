"""Pure rules of recognition: translating, signing, watching, routing, and what a guest counts as."""

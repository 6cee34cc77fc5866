"""The connector's book in its own schema, and the foreign databases that it reads."""

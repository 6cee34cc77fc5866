"""Declarations: what people state is accepted, made a pseudonym's, and never lost."""

"""PostgreSQL in memory, as far as the delivery path rests on it.

What it keeps: transactions with ids drawn at the first write, what each statement sees, row and advisory locks with
their waiting, deadlocks and time limits, the oldest running transaction, NOTIFY at commit, connections that end in the
middle of something. What it leaves out: SQL. Each statement of ours is a constant, and `statements` holds for each what
it does; an unknown one fails. The same suites run over this and over the real database (tests/integration).
"""

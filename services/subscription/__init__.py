"""Who may use codes, what people let them see, and what each of them is told."""

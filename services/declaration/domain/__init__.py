"""What a person states, who vouches for it, and what becomes of it: pure rules."""

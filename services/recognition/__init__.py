"""Recognition: what makes a code count in other regions."""

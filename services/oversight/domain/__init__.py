"""What is counted, and when it is alarming. Pure: time and ids arrive as arguments; nobody's pseudonym comes in."""

"""What recognition does, one plain function each."""

"""What `make demo` shows: sample people and the identity provider that vouches for them."""

"""What operators do with dead letters, parked subjects and positions; the same for every service."""

"""What the system remembers."""

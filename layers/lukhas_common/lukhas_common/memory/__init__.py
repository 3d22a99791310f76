"""What a person's assistant remembers: how it is kept, found again and lets go."""

"""Statistics about people that tell nothing of any one of them: differential privacy on exact integers."""

"""What keeps data about people private when others use it."""

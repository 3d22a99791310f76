"""What keeps data about people private when others use it: statistics, anonymity and redaction."""

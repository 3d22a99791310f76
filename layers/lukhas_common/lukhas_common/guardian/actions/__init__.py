"""What is to be done, as facts that policies can judge."""

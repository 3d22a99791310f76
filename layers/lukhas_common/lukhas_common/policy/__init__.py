"""Who may do what to whose data, and why: Cedar policies over typed facts."""

"""Who may what, and how often: keys and roles, limits, signatures."""

"""Real data: where they come from, and how they are found or fetched, always by hash."""

"""Real data: where they come from, and how they are found or fetched, always by hash. Taught: lessons 7a to 7d."""

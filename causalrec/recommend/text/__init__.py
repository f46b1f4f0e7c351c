"""From words to vectors: cleaning, counting, and language models."""

"""The raw log as a shop would have it: made messy, cleaned, thinned."""

"""What showing an item is worth: uplift, rankings and their judges."""

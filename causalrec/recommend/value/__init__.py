"""What showing an item is worth: uplift, rankings and their judges. Taught: lessons 5a to 5d."""

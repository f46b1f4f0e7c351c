"""What can be said where nothing is identified: bounds, and the experiment that would decide. Taught: lesson 3c."""

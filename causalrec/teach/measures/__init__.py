"""What the lessons claim: a file per lesson, its claims beside the code that measures them."""

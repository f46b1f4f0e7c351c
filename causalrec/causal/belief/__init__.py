"""What one believes, and how evidence changes it. Taught: lesson 1a."""

"""What is worked out of inputs instead of said: vectors and moderation results."""

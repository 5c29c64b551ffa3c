"""Which flows are worth comparing with a call, found without asking every one of them."""

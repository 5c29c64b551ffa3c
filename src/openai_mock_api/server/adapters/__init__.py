"""What brings requests to the app and sends its answers: the fast path, ASGI, WebSockets."""

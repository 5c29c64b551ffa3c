"""The server: routes, the app that answers a request, and the adapters that bring requests to it."""

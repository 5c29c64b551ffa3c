"""The verbs of a mock server for tests in another process: clients of its admin routes, blocking and asynchronous."""

"""The management API, over the ASGI application."""

"""HTTPS by Hypercorn's parts under Trio: sockets, connections, both versions of HTTP, and their bounds."""

"""The worker processes: Pillow, blocking, one job at a time. They never import trio, quart or hypercorn."""

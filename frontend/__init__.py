"""The Trio process: answers HTTPS and sends what costs CPU to the workers. It never imports PIL or numpy."""

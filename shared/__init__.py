"""What both kinds of process must agree on. Standard library and msgpack only; imports neither of them."""

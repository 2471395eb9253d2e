"""The management API of the library: JSON in and out, one module per family of addresses."""

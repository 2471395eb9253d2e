"""The functions behind the operations, one file per family."""

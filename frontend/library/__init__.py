"""The image library: what the server was given to keep, as opposed to the drop-in folder it only reads."""

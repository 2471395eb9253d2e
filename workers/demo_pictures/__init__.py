"""The pictures a first look begins with, drawn by code: nothing is shipped, nothing is fetched.

``python -m workers.demo_pictures DIRECTORY`` draws those that are missing there; one file here draws one
picture. The server neither needs these files nor treats them in any way of their own.
"""

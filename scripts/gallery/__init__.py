"""The gallery: a page that shows what each operation does, made by a real server. ``docs/gallery`` holds it.

``examples.py`` says what is shown, ``sources.py`` of which pictures, ``page.py`` how;
``python -m scripts.gallery`` makes it all.
"""

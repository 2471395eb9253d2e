"""Damaged files by the thousand for real workers: ``scripts/fuzz_images.py`` runs it."""

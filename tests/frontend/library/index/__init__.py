"""Tests of the index in memory."""

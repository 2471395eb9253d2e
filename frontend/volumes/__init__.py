"""Where bytes lie: one file per kind of volume."""

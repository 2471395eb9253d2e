"""The sub-commands of ``tintype``, one file each."""

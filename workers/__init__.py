"""The worker processes: Pillow, blocking, one job at a time. They never import trio, quart or hypercorn."""

import os

# numpy's library for linear algebra sets aside forty megabytes of a worker's address space for each processor of
# the machine, once it is loaded. The pool has a worker for each of them already.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

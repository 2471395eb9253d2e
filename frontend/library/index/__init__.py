"""The index in memory: which images a filter means, exactly, within two milliseconds at a million images.

**Why not in the database.** A random image is to be uniform over the matches of any filter, without looking at
many rows, also where few images match or none. Numbering the images of each tag without gaps would do for one
tag, and make each deletion renumber. With two tags, or a tag and a range, one has to guess and try; and where
two common tags have three images in common, no bounded number of tries finds them, and no index of a table leads
there. Intersecting sets does: cheap in memory, and nothing that tables are good at.

**What it is.** Images have slots, in the order of their ids. A tag is a set of slots (``slot_set.py``), and so
is each bit of width, height and size (``bit_slices.py``). A filter is a few operations on sets, each of them C
code of Python's whole numbers (``bits.py``). The matches are a set as well: to count them, or to find the n-th,
takes microseconds (``matches.py``). numpy has no place in the front end, and is not missed.

**What it costs.** Some 50 bytes an image with five tags; at start, for a million images, a thread is busy for some
seconds (``loading.py``), for which only those calls wait that need the index.

**How it stays true.** Every change of the catalogue is logged in the transaction that makes it, and the index
reads the log before each answer, in the transaction that reads the answer (``live_index.py``). So it does not
matter who made the change: a call that was cancelled meanwhile, another process, or another node with the same
database.
"""

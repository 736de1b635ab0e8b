"""Texts that say the same, out of a hundred thousand: sparse TF-IDF of pairs of characters, stars around centres.

Every member of a group is like its *centre*, not merely like another member, so chains do not glue everything together.
Pairs that many texts hold say little and cost most: they are left out, and of each text only the rarest pairs are compared.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from baiying.kit import likeness

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

MOST_CHARACTERS: Final = 400  # of a text that are looked at: what is wrong is said at the beginning
SAID_FIRST: Final = 40  # characters whose pairs weigh double
MOST_PAIRS: Final = 40  # of a text, those that weigh most
MOST_SHARE: Final = 0.03  # a pair that more of the texts hold is left out
_TOGETHER: Final = 0.35  # cosine of the sums of two groups that are one
_BLOCK: Final = 1_000
_LINKS: Final = re.compile(r"(?:https?://|www\.)[!-~]+")  # two complaints with a link are not about the same


def vectors(texts: Sequence[str]) -> Any:
    """One row of unit length for each text (scipy CSR, float32); empty rows for texts without pairs that others share."""
    import numpy as np
    from scipy import sparse

    vocabulary: dict[str, int] = {}
    columns, lengths, first = array("i"), array("i"), array("b")
    for text in texts:
        said = _LINKS.sub(" ", text)
        early = likeness.pairs(said[:SAID_FIRST])
        found = likeness.pairs(said[:MOST_CHARACTERS]) | early
        for pair in sorted(found):
            columns.append(vocabulary.setdefault(pair, len(vocabulary)))
            first.append(2 if pair in early else 1)
        lengths.append(len(found))
    column = np.frombuffer(columns, dtype=np.int32) if columns else np.zeros(0, dtype=np.int32)
    row = np.repeat(np.arange(len(texts), dtype=np.int32), np.frombuffer(lengths, dtype=np.int32))
    held_by = np.bincount(column, minlength=len(vocabulary))
    most = max(30, int(len(texts) * MOST_SHARE))
    is_kept = (held_by[column] > 1) & (held_by[column] <= most)
    column, row = column[is_kept], row[is_kept]
    doubled = np.frombuffer(first, dtype=np.int8) if first else np.zeros(0, dtype=np.int8)
    weight: Any = doubled[is_kept] * np.log(len(texts) / held_by[column])
    order = np.lexsort((-weight, row))  # of each text the heaviest pairs
    column, row, weight = column[order], row[order], weight[order]
    begins = np.searchsorted(row, np.arange(len(texts)))
    is_heavy = np.arange(len(row)) - begins[row] < MOST_PAIRS
    column, row, weight = column[is_heavy], row[is_heavy], weight[is_heavy].astype(np.float32)
    length = np.sqrt(np.bincount(row, weights=weight**2, minlength=len(texts)))
    weight = weight / length[row].astype(np.float32)
    return sparse.csr_matrix((weight, (row, column)), shape=(len(texts), max(1, len(vocabulary))))


def group(rows: Any, least: float) -> Numbers:
    """For each row the group it is in (0, 1, ...). The same rows in the same order give the same groups.

    Twice stars: of the texts, which finds small and pure groups, and of the groups' sums, which brings together what people
    said in different words. Then every text chooses the group it is most like, or stands alone.
    """
    import numpy as np
    from scipy import sparse

    count = rows.shape[0]
    first = _stars(rows, least)
    sums, size = _sums(rows, first)
    together = _stars(sums, _TOGETHER, weight=size)
    sums, size = _sums(rows, together[first])
    is_group = np.flatnonzero(size > 1)
    found = np.full(count, -1, dtype=np.int64)
    if len(is_group):
        profiles = sparse.csr_matrix(sums[is_group])
        transposed = profiles.T.tocsr()
        for start in range(0, count, _BLOCK):
            alike = (rows[start : start + _BLOCK] @ transposed).tocsr()
            for i in range(alike.shape[0]):
                row = slice(alike.indptr[i], alike.indptr[i + 1])
                if row.stop > row.start and alike.data[row].max() >= least:
                    found[start + i] = alike.indices[row][alike.data[row] == alike.data[row].max()].min()
    alone = found == -1
    found[alone] = len(is_group) + np.arange(int(alone.sum()))
    strange = _to_the_others(rows, found) < least  # drawn in by its own share of the sum
    found[strange] = count + np.arange(int(strange.sum()))
    return found


def _to_the_others(rows: Any, of: Numbers) -> Any:
    """How like each row is to the sum of the others of its group; 1 for whoever is alone."""
    import numpy as np
    from scipy import sparse

    count = rows.shape[0]
    chooses = sparse.csr_matrix((np.ones(count, dtype=np.float32), (of, np.arange(count))))
    sums = chooses @ rows
    square = np.asarray(sums.multiply(sums).sum(axis=1)).ravel()[of]
    with_sum = np.concatenate(
        [
            np.asarray(
                rows[start : start + _BLOCK].multiply(sums[of[start : start + _BLOCK]]).sum(axis=1)
            ).ravel()
            for start in range(0, count, _BLOCK)
        ]
    )
    own = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    rest = np.sqrt(np.maximum(square - 2 * with_sum + own, 1e-9))
    return np.where(np.bincount(of)[of] == 1, 1.0, (with_sum - own) / rest)


def _sums(rows: Any, of: Numbers) -> tuple[Any, Any]:
    """The sum of each group's rows, of unit length, and how many they are."""
    import numpy as np
    from scipy import sparse

    count = rows.shape[0]
    chooses = sparse.csr_matrix((np.ones(count, dtype=np.float32), (of, np.arange(count))))
    sums = chooses @ rows
    length = np.sqrt(np.asarray(sums.multiply(sums).sum(axis=1)).ravel())
    length[length == 0] = 1
    return sparse.diags((1 / length).astype(np.float32)) @ sums, np.bincount(of)


def _stars(rows: Any, least: float, weight: Any = None) -> Numbers:
    """Whoever is like most others is a centre, takes those at least so alike, and so on with the rest."""
    import numpy as np
    from scipy import sparse

    count = rows.shape[0]
    transposed = rows.T.tocsr()
    blocks = []
    for start in range(0, count, _BLOCK):
        alike = rows[start : start + _BLOCK] @ transposed
        alike.data[alike.data < least] = 0
        alike.eliminate_zeros()
        blocks.append(alike)
    alike = sparse.vstack(blocks, format="csr")
    del blocks
    degree = np.asarray(alike @ (np.ones(count) if weight is None else weight)).ravel()
    taken, number = np.full(count, -1, dtype=np.int64), 0
    for i in np.lexsort((np.arange(count), -degree)):
        if taken[i] == -1:
            near = alike.indices[alike.indptr[i] : alike.indptr[i + 1]]
            taken[near[taken[near] == -1]] = number
            taken[i] = number
            number += 1
    return taken


def most_typical(rows: Any, members: Sequence[int]) -> int:
    """The member that is most like all the others; the earliest of equals."""
    import numpy as np

    chosen = rows[list(members)]
    total = np.asarray(chosen.sum(axis=0)).ravel()
    return members[int(np.argmax(np.round(chosen @ total, 5)))]

"""The Merkle tree of RFC 9162 (Certificate Transparency 2.0): roots, and proofs that a leaf is in one.

Leaves and nodes are hashed under different first bytes, or a node could pass for a leaf.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_of(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves, or over the roots of equal full subtrees (the last may be smaller)."""
    if not hashes:
        return EMPTY
    level = list(hashes)
    while len(level) > 1:
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # a last one without a neighbour goes up as it is: the tree is split at the largest power of two
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def inclusion(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """What it takes to come from one of the hashes to the root, lowest first. Raises IndexError."""
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    path, level = [], list(hashes)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level, index = pairs + level[len(pairs) * 2 :], index // 2
    return path


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a proof leads to (RFC 9162, section 2.1.3.2). Raises ValueError for one of a wrong length."""
    if not 0 <= index < size:
        raise ValueError("the index is outside the tree")
    node, last, rest = leaf, size - 1, list(path)
    while last > 0:
        if index % 2 or index < last:
            if not rest:
                raise ValueError("the proof is too short")
            neighbour = rest.pop(0)
            node = _node(neighbour, node) if index % 2 else _node(node, neighbour)
        index, last = index // 2, last // 2
    if rest:
        raise ValueError("the proof is too long")
    return node

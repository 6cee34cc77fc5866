"""Findings are sealed by the day: a Merkle tree over salted commitments, whose root the region and the nation sign."""

from healthcode.transparency.commitment import commitment, salt_of
from healthcode.transparency.merkle import EMPTY, inclusion, leaf_of, root_from, root_of
from healthcode.transparency.proof import FindingProof, ProofError, check_proof
from healthcode.transparency.seal import Seal, countersign, read_seal, sign_seal

__all__ = [
    "EMPTY",
    "FindingProof",
    "ProofError",
    "Seal",
    "check_proof",
    "commitment",
    "countersign",
    "inclusion",
    "leaf_of",
    "read_seal",
    "root_from",
    "root_of",
    "salt_of",
    "sign_seal",
]

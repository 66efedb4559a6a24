"""Which records refer to what: one field of one kind turned round, for neighbourhoods of the graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shopfloor.graph.relations import references_in
from shopfloor.records import FieldSpec


@dataclass(frozen=True, slots=True, repr=False)
class References:
    """Keys of records by what they refer to, of all versions at one revision.

    Attributes
    ----------
    revision : int
        Data revision it was made from.
    """

    revision: int
    _codes: Mapping[str, int]
    _starts: npt.NDArray[np.int64]
    _keys: pa.Array

    def __repr__(self) -> str:
        """Give counts only."""
        return f"References({len(self._codes)} referred to, revision {self.revision})"

    @classmethod
    def of(cls, spec: FieldSpec, versions: pa.Table, revision: int) -> Self:
        """Turn a field round; `versions` has the columns ``key`` and the field's."""
        said = versions.drop_null().combine_chunks()
        keys, values = _pairs(spec, said) if spec.is_list else (_flat(said["key"]), _flat(said[spec.name]))
        encoded = values.dictionary_encode()
        codes = encoded.indices.to_numpy()
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(len(encoded.dictionary) + 1))
        places = {value: code for code, value in enumerate(encoded.dictionary.to_pylist())}
        return cls(revision, places, starts, keys.take(pa.array(order)))

    def keys_of(self, value: str) -> list[str]:
        """Return the keys of the records that refer to it; a record is there once for every version."""
        code = self._codes.get(value)
        if code is None:
            return []
        start, stop = self._starts[code : code + 2].tolist()
        return list(self._keys.slice(start, stop - start).to_pylist())


def _pairs(spec: FieldSpec, said: pa.Table) -> tuple[pa.Array, pa.Array]:
    rows = zip(said["key"].to_pylist(), said[spec.name].to_pylist(), strict=True)
    pairs = [(key, reference) for key, text in rows for reference in references_in(spec, key, text)]
    return pa.array([key for key, _ in pairs], pa.string()), pa.array([ref for _, ref in pairs], pa.string())


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pa.array([], pa.string()), *column.chunks])

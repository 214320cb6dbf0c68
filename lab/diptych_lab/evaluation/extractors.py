"""Features: what rows are turned into before they are compared. None of them is downloaded.

pixels            the rows themselves, flattened
pca, pca:K        the first K principal components (64 where K is not given) of the rows trained on
classifier        the penultimate layer of a small classifier of digits or Fashion-MNIST, which is in this package
package.module:f  a function of yours, f(rows) -> (n, d), of any framework
model.pt, ...     a model of yours in a file: TorchScript, ONNX, or the folder of a SavedModel
torch-fidelity:m  a model of torch-fidelity, where it is installed, with weights that you have
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diptych import Backend, checks
from diptych_lab.arrays import as_array
from diptych_lab.evaluation import classifier, fidelity, foreign
from diptych_lab.reading import reason
from diptych_lab.rows import Data

BUILT_IN = ("pixels", "pca", "classifier")
COMPONENTS = 64
ROWS = 1000  # at once through a function
_NOTHING = 1e-12  # of the largest variance: a component below it is rounding


@dataclass(frozen=True)
class Extractor:
    """`rows -> (n, d)`, by the name that is shown. `identity` tells its function from others; '' where that is not
    known, as of a function of a user's: its features are not kept."""

    name: str
    function: Callable[[np.ndarray], Any]
    identity: str = ""

    def __call__(self, what: str, rows: Data) -> np.ndarray:
        """Features of the rows, (n, d) in float64; `what` names the rows in errors.

        Raises ValueError where they are not one finite row of numbers for each row.
        """
        parts = [self._part(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]
        if len({part.shape[1] for part in parts}) > 1:
            raise ValueError(f"features {self.name} of {what}: {sorted({part.shape[1] for part in parts})} a row")
        found = np.concatenate(parts)
        if not np.isfinite(found).all():
            row, column = (int(i) for i in np.argwhere(~np.isfinite(found))[0])
            raise ValueError(f"features {self.name} of {what}: {found[row, column]} at row {row}, feature {column}")
        return found

    def _part(self, rows: np.ndarray) -> np.ndarray:
        name = f"features {self.name}"
        try:
            given = self.function(rows)
        except Exception as error:  # of a function or a model of a user's: of any kind
            shape = rows.shape[1:]
            raise ValueError(f"{name} cannot be had of rows of shape {shape}: {reason(error)}") from error
        found = as_array(name, given)
        if found.dtype.kind not in "biuf":
            raise ValueError(f"{name}: they must be numbers, got {found.dtype}")
        if found.ndim < 2 or len(found) != len(rows):
            raise ValueError(
                f"{name}: {len(rows)} rows must give ({len(rows)}, d) numbers, got shape {found.shape}"
            )
        return found.reshape(len(rows), -1).astype(np.float64)


def extractor(features: Any, train: Data, *, backend: str | Backend | None, device: Any = None) -> Extractor:
    """The features of that name, of that function of rows, or an `Extractor` as it is.

    `train` are the rows that `pca` is fitted on. The classifier runs in `backend`, by name or as it is. Raises
    ValueError where there are none of that name, and where they are not for rows of this shape.
    """
    if isinstance(features, Extractor):
        return features
    if callable(features):
        return Extractor(getattr(features, "__qualname__", type(features).__name__), features)
    name = foreign.text(features, BUILT_IN)
    if name == "pixels":
        return Extractor(name, lambda rows: rows.reshape(len(rows), -1))
    if name == "classifier":
        return Extractor(name, *classifier.extractor(train.shape[1:], backend, device))
    if name.startswith(fidelity.PREFIX):
        return Extractor(name, *fidelity.function(name))
    kind, _, count = name.partition(":")
    if kind == "pca":
        components = _fitted(
            np.asarray(train), checks.whole("pca:K", int(count) if count.isdigit() else count or COMPONENTS)
        )
        return Extractor(name, components)
    return Extractor(name, *foreign.function(name, BUILT_IN))


def check_varied(name: str, what: str, features: np.ndarray) -> None:
    """Raise ValueError where all rows of a reference have the same features: no distance says anything then."""
    if len(features) > 1 and (features == features[0]).all():
        raise ValueError(
            f"features {name} of {what}: all {len(features)} rows have the same; choose other --features"
        )


def _fitted(train: np.ndarray, components: int) -> Callable[[np.ndarray], np.ndarray]:
    """The projection on the first principal components of `train`, fewer where it spans fewer."""
    from sklearn.decomposition import PCA  # here, for it takes a second to import

    flat = train.reshape(len(train), -1).astype(np.float64)
    pca = PCA(min(components, *flat.shape), svd_solver="full" if len(flat) < 2000 else "covariance_eigh").fit(flat)
    kept = pca.components_[pca.explained_variance_ > _NOTHING * pca.explained_variance_[0]]
    if not len(kept):
        raise ValueError("features pca: the rows trained on are all the same; choose other --features")
    return lambda rows: (rows.reshape(len(rows), -1) - pca.mean_) @ kept.T

#!/usr/bin/env python3
"""Writes evaluation_metrics.safetensors: the metrics of the evaluation by scikit-learn, SciPy, PyTorch and plain NumPy.

    pip install numpy scipy scikit-learn torch safetensors
    python Tests/Goldens/make_metric_goldens.py

Where a library has the metric, the library computes it. Where none has, it is written out densely here from the
formula of its paper (PRDC, MMD, MIG, DCI's scores), another way than in Sources/Wirespace/Metrics. Tensors are named
`case.role`; everything is float64 or int64, and inputs are rounded to float32 first, so that both sides see the same.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import scipy.ndimage
import scipy.stats
import torch
from safetensors.torch import save_file
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import adjusted_rand_score, confusion_matrix, mutual_info_score, normalized_mutual_info_score
from sklearn.metrics.pairwise import euclidean_distances, polynomial_kernel, rbf_kernel
from sklearn.neighbors import NearestCentroid, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Arrays = dict[str, np.ndarray]


def rounded(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32).astype(np.float64)


def ink(rng: np.random.Generator) -> Arrays:
    """Lines that are shifted, missing, added; blank against blank; blank against ink; values around the threshold."""
    target = np.ones((6, 24, 33))
    for image in target[:4]:
        for row in rng.choice(24, 3, replace=False):
            image[row, 2:30] = 0
        image[:, rng.integers(33)] = 0.2
    prediction = target.copy()
    prediction[0] = np.roll(prediction[0], (1, 1), (0, 1))
    prediction[1] = np.roll(prediction[1], 2, 0)
    prediction[2][rng.random((24, 33)) < 0.05] = 0
    prediction[3] = np.clip(target[3] + rng.normal(size=(24, 33)) * 0.4, 0, 1)
    prediction[5, 3, 3] = 0
    prediction, target = rounded(prediction), rounded(target)
    scores = []
    for p, t in zip(prediction < 0.5, target < 0.5):
        if not p.any() and not t.any():
            scores.append(1.0)
            continue
        near = lambda a: scipy.ndimage.binary_dilation(a, np.ones((3, 3)))  # noqa: E731
        precision = (p & near(t)).sum() / p.sum() if p.any() else 0.0
        recall = (t & near(p)).sum() / t.sum() if t.any() else 0.0
        scores.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    return {"ink.prediction": prediction[:, None], "ink.target": target[:, None], "ink.f1": np.array(scores)}


def clusters(rng: np.random.Generator) -> Arrays:
    labels = rng.integers(0, 4, 90)
    x = rounded(rng.normal(size=(90, 7)) * rng.uniform(0.5, 2, 7) + 4 * rng.normal(size=(4, 7))[labels])
    centroids = NearestCentroid().fit(x, labels).centroids_
    distances = euclidean_distances(centroids)[np.triu_indices(4, 1)]
    within = np.mean([((x - centroids[labels])[:, j] ** 2).sum() / (90 - 4) for j in range(7)])
    neighbours = NearestNeighbors(n_neighbors=5).fit(x).kneighbors()[0].mean(axis=1)
    dimensions = 1 + np.searchsorted(np.cumsum(PCA(svd_solver="full").fit(x).explained_variance_ratio_), 0.95)
    noisy = np.where(rng.random(90) < 0.3, rng.integers(0, 9, 90), labels)
    return {
        "clusters.points": x, "clusters.labels": labels, "clusters.noisy_labels": noisy,
        "clusters.centroids": np.array([distances.min(), distances.mean(), np.sqrt(within)]),
        "clusters.knn_distances": neighbours, "clusters.effective_dimensionality": np.array(dimensions),
        "clusters.agreement": np.array(
            [normalized_mutual_info_score(labels, noisy), adjusted_rand_score(labels, noisy)]
        ),
        "clusters.confusion": confusion_matrix(labels, noisy),
    }  # fmt: skip


def pca(rng: np.random.Generator) -> Arrays:
    wide = rounded(rng.normal(size=(20, 6)) @ rng.normal(size=(6, 150)) + 0.1 * rng.normal(size=(20, 150)) + 3)
    tall = rounded(rng.normal(size=(60, 8)) @ rng.normal(size=(8, 8)))
    result = {}
    for name, x in {"wide": wide, "tall": tall}.items():
        train, test = x[: len(x) * 3 // 4], x[len(x) * 3 // 4 :]
        model = PCA(5, svd_solver="full").fit(train)
        result |= {
            f"pca_{name}.train": train, f"pca_{name}.test": test, f"pca_{name}.components": model.components_,
            f"pca_{name}.ratio": model.explained_variance_ratio_, f"pca_{name}.variance": model.explained_variance_,
            f"pca_{name}.transformed": model.transform(test),
            f"pca_{name}.inverse": model.inverse_transform(model.transform(test)),
        }  # fmt: skip
    return result


def posterior(rng: np.random.Generator) -> Arrays:
    mean = rounded(rng.normal(size=(30, 9)) * np.geomspace(0.01, 2, 9))
    log_variance = rounded(rng.normal(size=(30, 9)) - 1)
    prior = rounded(rng.normal(size=(30, 9)) * 3)
    q = torch.distributions.Normal(torch.from_numpy(mean), torch.from_numpy(np.exp(log_variance / 2)))
    kl = torch.distributions.kl_divergence
    to_standard = kl(q, torch.distributions.Normal(torch.zeros(9).double(), 1.0)).numpy()
    to_prior = kl(q, torch.distributions.Normal(torch.from_numpy(prior), 1.0)).numpy()
    return {
        "posterior.mean": mean, "posterior.log_variance": log_variance, "posterior.prior_mean": prior,
        "posterior.kl_rows": to_standard.sum(1), "posterior.kl_dimensions": to_standard.mean(0),
        "posterior.kl_rows_to_prior": to_prior.sum(1),
        "posterior.active_units": np.array((mean.var(axis=0) > 0.01).sum()),
    }  # fmt: skip


def logistic(rng: np.random.Generator) -> Arrays:
    """Two classes (scikit-learn's binary penalty), and badly scaled features with and without standardisation."""
    result = {}
    for name, classes, scale in (("binary", 2, np.ones(6)), ("scaled", 4, np.geomspace(0.01, 100, 6))):
        labels = rng.integers(0, classes, 80)
        x = rounded((rng.normal(size=(80, 6)) + rng.normal(size=(classes, 6))[labels]) * scale)
        model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=10_000)
        standardised = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000))
        result |= {
            f"logistic_{name}.points": x, f"logistic_{name}.labels": labels,
            f"logistic_{name}.probabilities": model.fit(x[:60], labels[:60]).predict_proba(x[60:]),
            f"logistic_{name}.standardised": standardised.fit(x[:60], labels[:60]).predict_proba(x[60:]),
        }  # fmt: skip
    return result


def ridge(rng: np.random.Generator) -> Arrays:
    """More inputs than rows, means far from 0, several outputs; and the shrunk covariance of the inputs."""
    x, y = rounded(rng.normal(size=(20, 30)) * 2 + 5), rounded(rng.normal(size=(20, 3)) - 4)
    model = Ridge(alpha=0.7, solver="cholesky").fit(x, y)
    covariance = LedoitWolf().fit(x).covariance_
    return {
        "ridge.points": x, "ridge.values": y, "ridge.weight": model.coef_, "ridge.bias": model.intercept_,
        "ridge.covariance": covariance,
    }  # fmt: skip


def interpolation(rng: np.random.Generator) -> Arrays:
    frames = rounded(rng.random((11, 1, 12, 9)))
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    ends = np.abs(frames[-1] - frames[0]).mean()
    return {
        "interpolation.frames": frames,
        "interpolation.scores": np.array([steps.mean(), steps.var() / steps.mean() ** 2, steps.sum() / ends]),
    }  # fmt: skip


def samples(rng: np.random.Generator) -> Arrays:
    real = rounded(rng.normal(size=(70, 6)))
    fake = rounded(rng.normal(size=(55, 6)) * 0.8 + 0.5)
    between = euclidean_distances(real, fake)
    real_radii = NearestNeighbors(n_neighbors=5).fit(real).kneighbors()[0][:, -1]
    fake_radii = NearestNeighbors(n_neighbors=5).fit(fake).kneighbors()[0][:, -1]
    inside = between < real_radii[:, None]
    scores = [
        inside.any(axis=0).mean(), (between < fake_radii[None]).any(axis=1).mean(),
        inside.sum(axis=0).mean() / 5, (between.min(axis=1) < real_radii).mean(),
    ]  # fmt: skip

    def mmd(kernel) -> float:
        off = lambda k: (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))  # noqa: E731
        return off(kernel(real, real)) + off(kernel(fake, fake)) - 2 * kernel(real, fake).mean()

    pooled = np.concatenate([real, fake])
    median = np.median(euclidean_distances(pooled)[np.triu_indices(len(pooled), 1)])
    gaussian = lambda h: mmd(lambda a, b: rbf_kernel(a, b, gamma=1 / (2 * h * h)))  # noqa: E731
    cubic = mmd(lambda a, b: polynomial_kernel(a, b, degree=3, coef0=1))
    return {
        "samples.real": real, "samples.fake": fake, "samples.prdc": np.array(scores),
        "samples.discrepancies": np.array([cubic, gaussian(median), gaussian(1.5)]),
    }  # fmt: skip


def factors(rng: np.random.Generator) -> Arrays:
    values = np.stack([rng.integers(0, n, 300) for n in (3, 5, 8)])
    codes = np.concatenate([values.T * 1.3 + 0.2 * rng.normal(size=(300, 3)), rng.normal(size=(300, 3))], axis=1)
    codes[:, 3] += 0.4 * values[0]
    codes = rounded(codes)
    discrete = np.stack([np.digitize(c, np.histogram(c, 20)[1][:-1]) for c in codes.T])  # Locatello et al. (2019)
    gaps = []
    for factor in values:
        information = np.sort([mutual_info_score(c, factor) for c in discrete])
        gaps.append((information[-1] - information[-2]) / mutual_info_score(factor, factor))
    importance = rng.random((6, 3)) ** 3
    importance[4] = 0

    def purity(rows: np.ndarray) -> float:  # scipy's entropy normalises; rows of zeros have no weight
        pure = 1 - scipy.stats.entropy(rows.T + 1e-15, base=rows.shape[1])
        return float((pure * rows.sum(axis=1) / rows.sum()).sum())

    return {
        "factors.codes": codes, "factors.values": values, "factors.bins": discrete - 1, "factors.mig": np.mean(gaps),
        "factors.importance": importance, "factors.dci": np.array([purity(importance), purity(importance.T)]),
    }  # fmt: skip


def main() -> None:
    makers = (ink, clusters, pca, posterior, logistic, interpolation, samples, factors, ridge)
    arrays: Arrays = {}
    for seed, maker in enumerate(makers):
        arrays |= maker(np.random.default_rng(700 + seed))
    tensors = {name: torch.from_numpy(np.array(value)).contiguous() for name, value in arrays.items()}
    save_file(tensors, str(Path(__file__).resolve().parent / "evaluation_metrics.safetensors"))


if __name__ == "__main__":
    main()

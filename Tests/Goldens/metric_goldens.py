"""Latent metrics by scikit-learn and SSIM by scikit-image: metrics.safetensors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from support import page, save


def latent_sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Points and labels. They are rounded to fp32, so that both sides compute in fp64 from the same values."""
    rng = np.random.default_rng(51)
    centres = rng.normal(size=(5, 16)) * 0.7
    labels = np.repeat(np.arange(5), (40, 30, 20, 18, 12))
    order = rng.permutation(120)
    blobs = (centres[labels] + rng.normal(size=(120, 16)) * rng.uniform(0.5, 1.5, size=(5, 1))[labels])[order]

    lonely_labels = np.array([0] * 15 + [1] * 14 + [2])  # a cluster of one point
    lonely = rng.normal(size=(30, 4)) + 3 * np.eye(4)[lonely_labels]

    kinds = rng.normal(size=(6, 5))  # six places; every point is there several times
    places = np.array([0] * 9 + [1] * 8 + [2] * 7 + [3] * 6 + [4] * 6 + [5] * 6)
    duplicate_labels = np.array([0, 0, 1, 1, 2, 2])[places]
    duplicate_labels[places == 5] = np.array([2, 2, 2, 3, 3, 3])  # one place is shared by two labels: a = b = 0
    return {
        "blobs": (blobs.astype(np.float32), labels[order]),
        "singleton": (lonely.astype(np.float32), lonely_labels),
        "duplicates": (kinds[places].astype(np.float32), duplicate_labels),
    }


def latent_metrics(points: np.ndarray, labels: np.ndarray, tensors: dict[str, Tensor], case: str) -> dict:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_samples, silhouette_score
    from sklearn.neighbors import KNeighborsClassifier

    x, clusters = points.astype(np.float64), len(np.unique(labels))
    distinct = np.unique(points, axis=0, return_index=True)[1]
    centres = points[np.sort(distinct)[:: max(1, len(distinct) // clusters)][:clusters]]
    kmeans = KMeans(clusters, init=centres.astype(np.float64), n_init=1, max_iter=300, tol=0, algorithm="lloyd").fit(x)
    assert len(np.unique(kmeans.labels_)) == clusters, "empty clusters are not part of the golden"
    other = (labels + (np.arange(len(labels)) % 3 == 0)) % clusters  # a second, imperfect labelling
    tensors |= {
        f"{case}.points": torch.from_numpy(points), f"{case}.labels": torch.from_numpy(labels).long(),
        f"{case}.other_labels": torch.from_numpy(other).long(),
        f"{case}.silhouette_samples": torch.from_numpy(silhouette_samples(x, labels)).double(),
        f"{case}.kmeans.initial_centres": torch.from_numpy(centres),
        f"{case}.kmeans.labels": torch.from_numpy(kmeans.labels_).long(),
        f"{case}.kmeans.centres": torch.from_numpy(kmeans.cluster_centers_),
    }  # fmt: skip
    result = {
        "silhouette": float(silhouette_score(x, labels)),
        "silhouette_kmeans": float(silhouette_score(x, kmeans.labels_)),
        "kmeans_inertia": float(kmeans.inertia_), "kmeans_iterations": int(kmeans.n_iter_),
        "nmi_kmeans": float(normalized_mutual_info_score(labels, kmeans.labels_)),
        "ari_kmeans": float(adjusted_rand_score(labels, kmeans.labels_)),
        "nmi_other": float(normalized_mutual_info_score(labels, other)),
        "ari_other": float(adjusted_rand_score(labels, other)),
        "pca_explained_variance_ratio": PCA(svd_solver="full").fit(x).explained_variance_ratio_.tolist(),
    }  # fmt: skip
    train = len(x) * 2 // 3  # the first two thirds are fitted, the rest is scored
    if case == "blobs":
        nearest = KNeighborsClassifier(5, algorithm="brute").fit(x[:train], labels[:train])
        logistic = LogisticRegression(C=1.0, solver="lbfgs", tol=1e-12, max_iter=100_000).fit(x[:train], labels[:train])
        probabilities = logistic.predict_proba(x[train:])
        tensors |= {
            f"{case}.knn.predictions": torch.from_numpy(nearest.predict(x[train:])).long(),
            f"{case}.logistic.probabilities": torch.from_numpy(probabilities).double(),
            f"{case}.logistic.weight": torch.from_numpy(logistic.coef_),
            f"{case}.logistic.bias": torch.from_numpy(logistic.intercept_),
        }  # fmt: skip
        result |= {
            "train_count": train, "knn_accuracy": float(nearest.score(x[train:], labels[train:])),
            "linear_probe_accuracy": float(logistic.score(x[train:], labels[train:])),
        }  # fmt: skip
    return result


def metrics() -> dict:
    from skimage.metrics import structural_similarity

    tensors: dict[str, Tensor] = {}
    report: dict = {"latents": {}, "ssim": {}}
    for case, (points, labels) in latent_sets().items():
        report["latents"][case] = latent_metrics(points, labels, tensors, case)

    rng = np.random.default_rng(61)

    def noisy(image: np.ndarray, amount: float) -> np.ndarray:
        return np.clip(image + rng.normal(size=image.shape) * amount * 255, 0, 255).astype(np.uint8)

    small, odd, tall = page(32, 32, rng), page(37, 53, rng), page(64, 40, rng)
    pairs = {
        "noise_32x32": (small, noisy(small, 0.1)),
        "pages_32x32": (small, page(32, 32, rng)),
        "noise_37x53": (odd, noisy(odd, 0.3)),
        "shift_64x40": (tall, np.roll(tall, 1, axis=0)),
        "blank_37x53": (odd, np.full_like(odd, 255)),
    }
    for name, (a, b) in pairs.items():
        options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
        value, full = structural_similarity(a / 255.0, b / 255.0, full=True, **options)
        tensors[f"ssim_{name}.a"], tensors[f"ssim_{name}.b"] = torch.from_numpy(a), torch.from_numpy(b)
        report["ssim"][name] = float(value)
        if name == "noise_37x53":
            report["ssim_uncropped_mean"] = {name: float(full.mean())}
    report["ssim_convention"] = (
        "skimage: Gaussian of sigma 1.5 truncated at 3.5 sigma, so radius 5 and 11 taps that sum to 1, separable; "
        "biased covariances E[ab] − E[a]E[b]; C1 = 0.01², C2 = 0.03². The value is the mean of the map without its "
        "outer 5 pixels on each side: only windows that lie wholly inside the image count, so the border rule of the "
        "filter (reflect) does not matter. Images are value/255 in fp64."
    )
    report["notes"] = (
        "scikit-learn in fp64 on the fp32 points. A singleton cluster's silhouette is 0, as is 0/0. k-means is Lloyd "
        "from initial_centres until the assignment stands still (tol 0). NMI is normalised by the arithmetic mean. "
        "Logistic regression: softmax, C = 1, that is ½‖W‖² + Σ cross-entropy with a free bias, at its optimum (tol "
        "1e-12). 5-NN votes uniformly, ties to the smallest label."
    )
    save("metrics", tensors)
    return report

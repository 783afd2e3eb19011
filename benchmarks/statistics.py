# Copyright (c) monai_skin contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of a comparison: lesion bootstrap against a loop over scikit-learn, DeLong's test against ranks by scipy.

``python -m benchmarks.statistics`` prints one JSON object. The loop makes fewer resamples than ours, and its time is
scaled up; what it does in one resample does not depend on how many there are.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

from benchmarks.harness import compare, one_thread, report, take_turns
from monai_skin.evaluation import Predictions, bootstrap, delong, draw_weights, evaluate_model
from monai_skin.labels import VOCABULARIES

CLASSES = VOCABULARIES["ham10000"]
SHARES = np.array([0.033, 0.051, 0.110, 0.011, 0.111, 0.670, 0.014])  # of HAM10000's classes
LOOPED = 5


def made_up(images: int) -> Predictions:
    """Predictions of HAM10000's size and mix: three lesions to four images."""
    random = np.random.default_rng(0)
    lesion = random.integers(0, images * 3 // 4, images)
    truth = random.choice(len(CLASSES), images, p=SHARES)[lesion]
    odds = np.exp(random.normal(size=(images, len(CLASSES))) + 2 * np.eye(len(CLASSES))[truth])
    ids = tuple(f"{index:06d}" for index in range(images))
    return Predictions("a", CLASSES, ids, tuple(map(str, lesion)), truth, odds / odds.sum(axis=1, keepdims=True))


def scikit_learn_loop(model: Predictions, resamples: int) -> Callable[[], object]:
    """Balanced accuracy, macro-F1 and macro-AUC of the images of the lesions drawn, written out."""
    _, member = np.unique(model.lesion_ids, return_inverse=True)
    weights = draw_weights(int(member.max()) + 1, resamples, np.random.default_rng(0)).astype(int)

    def work() -> list[tuple[float, float, float]]:
        found = []
        for column in weights.T:
            rows = np.repeat(np.arange(len(member)), column[member])
            truth, values = model.truth[rows], model.probabilities[rows]
            guess = values.argmax(axis=1)
            found.append(
                (
                    balanced_accuracy_score(truth, guess),
                    f1_score(truth, guess, average="macro"),
                    roc_auc_score(truth, values, multi_class="ovr"),
                )
            )
        return found

    return work


def scipy_delong(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Areas and covariance by three calls of ``scipy.stats.rankdata`` a score, as the formulas of 2014 stand."""
    m, n = int(positive.sum()), int((~positive).sum())
    pooled = rankdata(scores, axis=1)
    of_positives = (pooled[:, positive] - rankdata(scores[:, positive], axis=1)) / n
    of_negatives = 1 - (pooled[:, ~positive] - rankdata(scores[:, ~positive], axis=1)) / m
    return of_positives.mean(axis=1), np.cov(of_positives) / m + np.cov(of_negatives) / n


def resampling(images: int, resamples: int, rounds: int) -> dict[str, object]:
    """Seconds of processor time for all resamples; ours computes nine scores, the loop three."""
    model = made_up(images)
    works = {
        "monai_skin": lambda: bootstrap([model], resamples=resamples),
        "scikit-learn loop": scikit_learn_loop(model, LOOPED),
    }
    times = take_turns(works, rounds=rounds)
    seconds = {name: statistics.median(each) / 1000 for name, each in times.items()}
    seconds["scikit-learn loop"] *= resamples / LOOPED
    return {
        "resamples": resamples,
        "seconds": {name: round(each, 2) for name, each in seconds.items()},
        "times_ours": round(seconds["scikit-learn loop"] / seconds["monai_skin"], 1),
    }


def testing(images: int, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of processor time for the areas and covariance of two scores."""
    random = np.random.default_rng(0)
    positive = random.random(images) < 0.1
    scores = random.normal(size=(2, images)) + positive
    works = {"monai_skin": lambda: delong(positive, scores), "scipy": lambda: scipy_delong(positive, scores)}
    return compare(works, ours="monai_skin", rounds=rounds)


def whole_evaluation(images: int, resamples: int, rounds: int) -> dict[str, float]:
    """Seconds of processor time for everything an evaluation states but the page, both intervals included."""
    model = made_up(images)
    times = take_turns({"evaluate": lambda: evaluate_model(model, resamples=resamples)}, rounds=rounds)
    return {"resamples": resamples, "seconds": round(statistics.median(times["evaluate"]) / 1000, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="calls of each way of doing the work")
    rounds = parser.parse_args().rounds
    one_thread()
    results = {
        "lesion bootstrap, 10,000 images of 7 classes": resampling(10_000, 2000, rounds),
        "whole evaluation, 10,000 images of 7 classes": whole_evaluation(10_000, 2000, rounds),
        "DeLong, 2 scores of 100,000 images": testing(100_000, 3 * rounds),
    }
    report("statistics", results, ("numpy", "scipy", "scikit-learn"))


if __name__ == "__main__":
    main()

"""Qualkit beside BERTopic's zero-shot mode, SetFit and a TF-IDF classifier: one task, one run.

    python -m venv peers && peers/bin/pip install bertopic setfit "transformers<5"
    python benchmarks/coding/side_by_side.py SIB200/fin --peers peers/bin/python

SIB-200 in one language: topics of the 204 test sentences, by the same embedding model for all. What learns
gets the same eight labelled sentences a topic, drawn from ``train.tsv``. Each method runs in
a process of its own, which also loads the model; seconds and peak memory are those of that process, mean of
the draws. BERTopic gets the codes' names and definitions as its topics and no least similarity, so that every
sentence gets one; SetFit its own defaults with a hundred steps of tuning.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
LANGUAGES = {"fin": "fi", "swe": "sv", "eng": "en"}
EXAMPLES, STEPS = 8, 100
METHODS = ("qualkit", "qualkit learned", "bertopic", "setfit", "tfidf")
PEERS = ("bertopic", "setfit", "tfidf")

Sentences = tuple[list[str], list[str]]


def read(path: Path) -> Sentences:
    """Sentences and their topics, as the codebook names them."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [row["category"].replace("/", "-") for row in rows]


def draw(train: Sentences, seed: int) -> Sentences:
    """So many labelled sentences of every topic."""
    random = np.random.default_rng(seed)
    chosen = []
    for topic in sorted(set(train[1])):
        own = [at for at, one in enumerate(train[1]) if one == topic]
        chosen += random.permutation(own)[:EXAMPLES].tolist()
    return [train[0][at] for at in chosen], [train[1][at] for at in chosen]


def qualkit(task: dict[str, object], examples: Sentences | None) -> list[str]:
    """The engine; after its examples, if it gets any."""
    from collections import deque

    from qualkit.coding import engine
    from qualkit.coding.background import background_texts
    from qualkit.coding.embed import cache_folder, embed, find_model
    from qualkit.coding.learn import centres, features, learned, rarity
    from qualkit.coding.meaning import code_texts
    from qualkit.coding.suggest import content_lemmas
    from qualkit.coding.units import Unit
    from qualkit.coding.vectors import open_cache
    from qualkit.files.codebook import read_codebook

    book, language = read_codebook(HERE / "sib200.yaml"), str(task["language"])
    test = [Unit(text, language) for text in task["test"]]  # type: ignore[attr-defined]
    taught = [Unit(text, language) for text in examples[0]] if examples else []
    units = test + taught
    with tempfile.TemporaryDirectory() as folder:
        model, work = find_model(), Path(folder)
        texts = [one.text for one in code_texts(book)] + list(background_texts()) + [u.text for u in units]
        deque(embed(work, model, texts), maxlen=0)
        cache = open_cache(cache_folder(work, model))
        assert cache is not None
        vectors = cache.get([unit.text for unit in units])
        scorer = engine.build_scorer(book, cache.get, {language: vectors})
        logits = np.concatenate([s.logits for s in engine.score(scorer, units, cache.get)]).astype(np.float64)
    if examples:
        labels = np.array([[topic == code for code in scorer.codes] for topic in examples[1]], float)
        words = [content_lemmas(unit.text, language) for unit in units]
        own = centres({language: vectors})
        design = features(vectors, [language] * len(units), own, words, rarity(words))
        rows = np.arange(len(test), len(units))
        pulls = learned(design[rows], labels, np.ones_like(labels), logits[rows])
        logits += design @ (design[rows].T @ pulls)
    return [scorer.codes[at] for at in logits[: len(test)].argmax(axis=1)]


def bertopic(task: dict[str, object]) -> list[str]:
    """BERTopic with the codes as its zero-shot topics."""
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer

    topics: dict[str, str] = task["topics"]  # type: ignore[assignment]
    model = BERTopic(
        embedding_model=SentenceTransformer(str(task["model"])),
        zeroshot_topic_list=list(topics.values()),
        zeroshot_min_similarity=0.0,
        min_topic_size=2,
    )
    found, _ = model.fit_transform(task["test"])
    # Where every text is near some topic, BERTopic 0.17 numbers topics by size and forgets their names.
    original = {now: before for before, now in model.topic_mapper_.get_mappings().items()}
    return [list(topics)[original[topic]] for topic in found]


def setfit(task: dict[str, object], examples: Sentences) -> list[str]:
    """SetFit, which tunes the embedding model itself."""
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    names = sorted(set(examples[1]))
    model = SetFitModel.from_pretrained(str(task["model"]))
    data = Dataset.from_dict({"text": examples[0], "label": [names.index(t) for t in examples[1]]})
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(output_dir=folder, batch_size=16, max_steps=STEPS, report_to="none")
        Trainer(model=model, args=settings, train_dataset=data).train()
    return [names[int(at)] for at in model.predict(task["test"])]


def tfidf(task: dict[str, object], examples: Sentences) -> list[str]:
    """TF-IDF of words and letters with logistic regression, taught by the codebook's texts too."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    topics: dict[str, str] = task["topics"]  # type: ignore[assignment]
    words = TfidfVectorizer(sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    model = make_pipeline(make_union(words, letters), LogisticRegression(C=5, class_weight="balanced"))
    model.fit([*examples[0], *topics.values()], [*examples[1], *topics])
    return list(model.predict(task["test"]))


def one(name: str, task_file: Path, seed: int) -> None:
    """Run a method; print what it found, the seconds and the peak memory as JSON."""
    task = json.loads(task_file.read_text(encoding="utf-8"))
    began = time.perf_counter()
    examples = draw(task["train"], seed)
    found = {
        "qualkit": lambda: qualkit(task, None),
        "qualkit learned": lambda: qualkit(task, examples),
        "bertopic": lambda: bertopic(task),
        "setfit": lambda: setfit(task, examples),
        "tfidf": lambda: tfidf(task, examples),
    }[name]()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"found": found, "seconds": seconds, "peak": peak}))


def compare(folder: Path, peers: str, seeds: int) -> None:
    """Run every method and print a table."""
    from qualkit.coding.embed import find_model
    from qualkit.coding.metrics import f1
    from qualkit.files.codebook import read_codebook

    language = LANGUAGES[folder.name]
    book = read_codebook(HERE / "sib200.yaml")
    test, truth = read(folder / "test.tsv")
    topics = {c.id: f"{c.name_in(language)}: {c.definition_in(language)}" for c in book.codable}
    train = read(folder / "train.tsv")
    task = {"language": language, "test": test, "train": train, "topics": topics, "model": ""}
    task["model"] = str(find_model().folder)
    codes = np.array(list(topics))
    labels = np.array(truth)[:, None] == codes
    print(f"{folder.name}: {len(test)} sentences, {len(codes)} topics, {EXAMPLES} examples a topic")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "task.json"
        file.write_text(json.dumps(task), encoding="utf-8")
        for name in METHODS:
            python = peers if name in PEERS else sys.executable
            runs = []
            for seed in range(1 if name in {"qualkit", "bertopic"} else seeds):
                command = [python, __file__, "--one", name, "--task", str(file), "--seed", str(seed)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
                    break
                runs.append(json.loads(done.stdout.strip().splitlines()[-1]))
            if runs:
                quality = np.mean([f1(labels, np.array(run["found"])[:, None] == codes) for run in runs])
                seconds, peak = (np.mean([run[key] for run in runs]) for key in ("seconds", "peak"))
                print(f"{name:16} micro-F1 {quality:.3f}  {seconds:6.1f} s  {peak:6.0f} MiB", flush=True)


def main() -> None:
    """Compare, or run one method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?", help="one language of SIB-200: fin, swe or eng")
    parser.add_argument("--peers", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--seeds", type=int, default=3, help="how often the examples are drawn")
    parser.add_argument("--one", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--task", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one, options.task, options.seed)
    else:
        compare(options.folder, options.peers, options.seeds)


if __name__ == "__main__":
    main()

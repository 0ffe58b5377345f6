"""Agreement measures beside packages that Qualkit does not use: the largest difference of each.

pip install --no-deps --target PACKAGES irrCAC krippendorff-unitized-alpha nltk
python benchmarks/trust/independent.py PACKAGES
"""

from __future__ import annotations

import random
import sys

from qualkit.agreement.measures import Table, cohen_kappa, gwet_ac1, krippendorff_alpha, masi
from qualkit.agreement.unitizing import lengths, merged, u_alpha

TEXT = 200


def unitizing(chance: random.Random, runs: int = 2000) -> float:
    """Krippendorff's α for unitizing, one code."""
    from krippendorff_unitized_alpha import krippendorffs_unitized_alpha as other

    def units(spans: list[tuple[int, int]]) -> list[object]:
        found, at = [], 0
        for start, end in spans:
            if start > at:
                found.append(other.Segment(other.EMPTY_TAG, at, start))
            found.append(other.Segment("code", start, end))
            at = end
        return [*found, other.Segment(other.EMPTY_TAG, at, TEXT)] if at < TEXT else found

    def drawn() -> list[tuple[int, int]]:
        starts = [chance.randrange(TEXT - 1) for _ in range(chance.randint(1, 6))]
        return merged((s, min(TEXT, s + chance.randint(1, 40))) for s in starts)

    worst = 0.0
    for _ in range(runs):
        one, two = drawn(), drawn()
        mine = u_alpha([lengths(one, two, [(0, TEXT)])])
        if mine is not None:
            theirs = other.KrippendorffUnitizedAlpha({"one": units(one), "two": units(two)}).result
            worst = max(worst, abs(mine - theirs))
    return worst


def tables(chance: random.Random, runs: int = 100) -> dict[str, float]:
    """κ (Conger's is Cohen's for two coders), AC1 and α of irrCAC."""
    import pandas as pd
    from irrCAC.raw import CAC

    worst = {"κ": 0.0, "AC1": 0.0, "α": 0.0}
    for _ in range(runs):
        t = Table(*(chance.randint(1, 25) for _ in range(4)))
        one = [1] * (t.both + t.first) + [0] * (t.second + t.neither)
        two = [1] * t.both + [0] * t.first + [1] * t.second + [0] * t.neither
        other = CAC(pd.DataFrame({"one": one, "two": two}), categories=[0, 1], digits=12)
        for name, theirs, mine in (
            ("κ", other.conger(), cohen_kappa(t)),
            ("AC1", other.gwet(), gwet_ac1(t)),
            ("α", other.krippendorff(), krippendorff_alpha(t)),
        ):
            assert mine is not None
            worst[name] = max(worst[name], float(abs(theirs["est"]["coefficient_value"] - mine)))
    return worst


def sets(chance: random.Random, runs: int = 500) -> float:
    """The MASI distance of nltk."""
    from nltk.metrics.distance import masi_distance

    pairs = [[frozenset(chance.sample("abcde", chance.randint(1, 4))) for _ in "ab"] for _ in range(runs)]
    return max(abs(masi_distance(one, two) - masi(one, two)) for one, two in pairs)


def main() -> None:
    """Print the differences."""
    sys.path.append(sys.argv[1])
    chance = random.Random(3)  # noqa: S311
    print("unitizing α", unitizing(chance))
    print(tables(chance))
    print("MASI", sets(chance))


if __name__ == "__main__":
    main()

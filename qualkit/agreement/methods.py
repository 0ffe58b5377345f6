"""The paragraph on agreement for a methods section, in Finnish, Swedish and English.

It says what was computed and no more: that coders worked blind stands in it only
when a plan's bundle was coded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.agreement.sides import MACHINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qualkit.agreement.compare import Agreement, Row
    from qualkit.agreement.settling import Settled

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "people": "{first} and {second} both coded {interviews} ({units}).",
        "blind": "{second} coded {units} from {interviews} that had been drawn at random (plan {plan}),"
        " blind to the codes of {first}.",
        "machine": "The codings of {first} were compared with the suggestions of the machine in {interviews}"
        " ({units}).",
        "self": "The codings of {second} were compared with those of {first} in {interviews} ({units}).",
        "units": "Every unit and code is one judgement, units without any code included.",
        "all": "Over all codes {percent} % of the judgements were alike: Krippendorff's α = {alpha},"
        " Cohen's κ = {kappa}, Gwet's AC1 = {ac1}; for the whole set of codes of a unit (MASI distance)"
        " α = {masi}, for the boundaries of the passages ᵤα = {u_alpha}.",
        "interval": "The 95 % interval of α is {low} to {high} (bootstrap over interviews).",
        "range": "By code α lies between {low} ({low_code}) and {high} ({high_code}).",
        "undefined": "For {count} it is undefined, for want of variance.",
        "settled": "{settled} of {disagreements} disagreements were settled; α after that is {alpha}.",
        "interviews": "1 interview|{n} interviews",
        "unit": "1 unit|{n} units",
        "codes": "1 code|{n} codes",
        "none": "undefined",
    },
    "fi": {
        "people": "{first} ja {second} koodasivat kumpikin seuraavan aineiston: {interviews}, {units}.",
        "blind": "{second} koodasi satunnaisesti poimitun otoksen (suunnitelma {plan}): {units},"
        " {interviews}. Koodaaja {first} oli koodannut saman aineiston, eivätkä hänen koodinsa olleet"
        " näkyvissä.",
        "machine": "Koodaajan {first} koodauksia verrattiin koneen ehdotuksiin: {interviews}, {units}.",
        "self": "Koodauksia {second} verrattiin koodauksiin {first}: {interviews}, {units}.",
        "units": "Jokainen yksikkö ja koodi on yksi arvio; mukana ovat myös yksiköt, joille ei annettu"
        " yhtään koodia.",
        "all": "Kaikkien koodien arvioista {percent} % oli samoja: Krippendorffin α = {alpha},"
        " Cohenin κ = {kappa}, Gwetin AC1 = {ac1}; yksikön koko koodijoukolle (MASI-etäisyys)"
        " α = {masi}, katkelmien rajoille ᵤα = {u_alpha}.",
        "interval": "α:n 95 %:n väli on {low}–{high} (bootstrap haastatteluittain).",
        "range": "Koodeittain α on {low} ({low_code}) – {high} ({high_code}).",
        "undefined": "Määrittelemättä jäi {count}, koska vaihtelua ei ollut.",
        "settled": "Erimielisyyksistä ratkaistiin {settled}/{disagreements}; α on sen jälkeen {alpha}.",
        "interviews": "1 haastattelu|{n} haastattelua",
        "unit": "1 yksikkö|{n} yksikköä",
        "codes": "1 koodi|{n} koodia",
        "none": "määrittelemätön",
    },
    "sv": {
        "people": "{first} och {second} kodade båda {interviews} ({units}).",
        "blind": "{second} kodade {units} ur {interviews} som hade dragits slumpmässigt (plan {plan}),"
        " utan att se koderna av {first}.",
        "machine": "Kodningarna av {first} jämfördes med maskinens förslag i {interviews} ({units}).",
        "self": "Kodningarna av {second} jämfördes med dem av {first} i {interviews} ({units}).",
        "units": "Varje enhet och kod är en bedömning; enheter utan någon kod är med.",
        "all": "Över alla koder var {percent} % av bedömningarna lika: Krippendorffs α = {alpha},"
        " Cohens κ = {kappa}, Gwets AC1 = {ac1}; för hela mängden koder på en enhet (MASI-avstånd)"
        " α = {masi}, för avsnittens gränser ᵤα = {u_alpha}.",
        "interval": "95 %-intervallet för α är {low} till {high} (bootstrap över intervjuer).",
        "range": "Per kod ligger α mellan {low} ({low_code}) och {high} ({high_code}).",
        "undefined": "För {count} är det odefinierat, i brist på variation.",
        "settled": "{settled} av {disagreements} oenigheter avgjordes; därefter är α {alpha}.",
        "interviews": "1 intervju|{n} intervjuer",
        "unit": "1 enhet|{n} enheter",
        "codes": "1 kod|{n} koder",
        "none": "odefinierat",
    },
}


def methods(
    found: Agreement, language: str, names: Mapping[str, str] | None = None, settled: Settled | None = None
) -> str:
    """The paragraph in one of the languages of :data:`TEXTS`.

    ``names``: code → its name in that language. ``settled`` adds the agreement after settling.
    """
    t = TEXTS[language]

    def number(value: float | None) -> str:
        if value is None:
            return t["none"]
        return _decimal(value, language)

    def many(key: str, n: int) -> str:
        one, more = t[key].split("|")
        return one if n == 1 else more.format(n=n)

    whole = next(row for row in found.rows if row.kind == "all")
    codes = [row for row in found.rows if row.kind == "code"]
    kind = "people"
    if MACHINE in (found.first, found.second):
        kind = "machine"
    elif "@" in found.first:
        kind = "self"
    elif found.plan:
        kind = "blind"
    first, second = found.first, found.second
    if kind == "machine" and first == MACHINE:
        first, second = second, first
    amounts = {"interviews": many("interviews", len(found.interviews)), "units": many("unit", found.units)}
    said = [t[kind].format(first=first, second=second, plan=found.plan, **amounts), t["units"]]
    percent = whole.measures["percent"]
    share = t["none"] if percent is None else _decimal(100 * percent, language, 0)
    figures = {key: number(whole.measures.get(key)) for key in ("alpha", "kappa", "ac1", "masi", "u_alpha")}
    said.append(t["all"].format(percent=share, **figures))
    if interval := whole.intervals.get("alpha"):
        said.append(t["interval"].format(low=number(interval[0]), high=number(interval[1])))
    said += _by_code(t, codes, names or {}, number, many)
    if settled is not None and settled.settled:
        after = next(row for row in settled.after.rows if row.kind == "all").measures["alpha"]
        counts = {"settled": settled.settled, "disagreements": settled.disagreements}
        said.append(t["settled"].format(alpha=number(after), **counts))
    return " ".join(said)


def _by_code(
    t: Mapping[str, str],
    codes: list[Row],
    names: Mapping[str, str],
    number: Callable[[float | None], str],
    many: Callable[[str, int], str],
) -> list[str]:
    known = [(value, row) for row in codes if (value := row.measures["alpha"]) is not None]
    said = []
    if len(known) > 1:
        (low, bottom), (high, top) = min(known, key=lambda k: k[0]), max(known, key=lambda k: k[0])
        named = {"low_code": names.get(bottom.name, bottom.name), "high_code": names.get(top.name, top.name)}
        said.append(t["range"].format(low=number(low), high=number(high), **named))
    if missing := len(codes) - len(known):
        said.append(t["undefined"].format(count=many("codes", missing)))
    return said


def _decimal(value: float, language: str, digits: int = 2) -> str:
    text = f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # never −0.00
    return text if language == "en" else text.replace(".", ",")

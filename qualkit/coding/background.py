"""Talk that is about nothing in any codebook: what interviews hold besides their subject.

Two uses. Its mean is the centre that vectors are measured from while a project
has few units of its own. And its nearness to a unit speaks against every code,
which is how small talk, biography and the interview's own business are left
alone. Written for this purpose; part of the model, so a change here asks for
another fit (``benchmarks/coding/fit_prior.py``).
"""

from __future__ import annotations

from typing import Final

BACKGROUND: Final[dict[str, tuple[str, ...]]] = {
    "fi": (
        "no niin, aloitetaan vaikka siitä että kerrot vähän itsestäsi",
        "mä oon syntyny ja käyny kouluni ihan toisella paikkakunnalla",
        "mä opiskelin ensin muuta ja päädyin tänne töihin vähän vahingossa",
        "mulla on ollu monta eri hommaa tässä vuosien varrella",
        "joo, kyllä, näin on",
        "niin no, se on vähän niin ja näin",
        "en mä osaa siihen oikein mitään sanoa",
        "pitää miettiä hetki, hyvä kysymys",
        "voitko toistaa kysymyksen, en ihan kuullut",
        "mä muistan sen päivän ku se oli eilen, vaikka siitä on jo kauan",
        "kesällä on lämmin ja talvella kylmä, sellaista se on",
        "lapset on jo isoja ja asuu omillaan",
        "vapaa-ajalla käyn kalassa ja lenkillä",
        "otetaanko tauko, mulla on kohta toinen palaveri",
        "kiitos haastattelusta, tämä oli mukava jutella",
        "nauhoitus on päällä ja tiedot käsitellään luottamuksellisesti",
        "mä laitan sulle myöhemmin sähköpostia ja yhteystiedot",
        "hän oli hyvä pomo, jäi eläkkeelle muutama vuosi sitten",
        "siitä mulla ei oo nyt mitään tarkkaa tietoa",
        "lounaalla oli tänään lohikeittoa",
    ),
    "sv": (
        "ja då kan vi börja med att du berättar lite om dig själv",
        "jag är född och uppvuxen på en helt annan ort",
        "jag pluggade något annat först och hamnade här av en slump",
        "jag har haft många olika jobb genom åren",
        "ja, just så är det",
        "nja, det är väl både och",
        "det kan jag inte riktigt svara på",
        "bra fråga, jag måste fundera en stund",
        "kan du ta frågan en gång till, jag hörde inte",
        "jag minns den dagen som om det var i går",
        "på sommaren är det varmt och på vintern kallt",
        "barnen är stora nu och bor för sig själva",
        "på fritiden fiskar jag och går ut med hunden",
        "ska vi ta en kort paus, jag har snart ett annat möte",
        "tack för intervjun, det var trevligt att prata",
        "inspelningen är igång och allt behandlas konfidentiellt",
        "jag skickar ett mejl senare med mina kontaktuppgifter",
        "hon var en bra chef, hon gick i pension för några år sedan",
        "det har jag inga exakta uppgifter om",
        "det var fisksoppa till lunch i dag",
    ),
    "en": (
        "okay, so let's start with you telling me a bit about yourself",
        "I was born and went to school in a completely different town",
        "I studied something else first and ended up here more or less by accident",
        "I've had lots of different jobs over the years",
        "yes, that's how it is",
        "well, it's a bit of both I suppose",
        "I can't really say anything about that",
        "good question, let me think for a moment",
        "could you repeat the question, I didn't quite hear",
        "I remember that day as if it was yesterday",
        "in summer it's warm and in winter it's cold, you know how it is",
        "the kids are grown up now and live on their own",
        "in my free time I go fishing and walk the dog",
        "shall we take a short break, I have another meeting soon",
        "thanks for the interview, it was nice talking to you",
        "the recording is on and everything will be treated confidentially",
        "I'll send you an email later with my contact details",
        "she was a good boss, she retired a few years ago",
        "I don't have exact information about that",
        "there was fish soup for lunch today",
    ),
}


def background_texts() -> tuple[str, ...]:
    """Every background sentence, in a fixed order."""
    return tuple(text for texts in BACKGROUND.values() for text in texts)

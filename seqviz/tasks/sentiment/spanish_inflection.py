"""The Spanish lexicon, and how its words inflect: plurals, genders, superlatives and verbs.

An agreement is a number, 0 to 3: masculine, feminine, masculine plural, feminine plural. Forms come in that order.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LEXICON = tomllib.loads(Path(__file__).with_name("spanish.toml").read_text(encoding="utf-8"))

_PERSONS = ("1s", "3s", "1p", "3p")
_ENDINGS = {  # present, preterite and imperfect by person, and the participle
    "ar": ("o a amos an", "é ó amos aron", "aba aba ábamos aban", "ado"),
    "er": ("o e emos en", "í ió imos ieron", "ía ía íamos ían", "ido"),
    "ir": ("o e imos en", "í ió imos ieron", "ía ía íamos ían", "ido"),
}
_WITHOUT_ACCENTS = str.maketrans("áéíóú", "aeiou")
_MASS_EXCEPTIONS = {"problemas": 2, "dramas": 2, "clichés": 2, "clase": 1}


def lines_of(*path: str) -> list[str]:
    """The lines of an entry of the lexicon."""
    return _entry(path).strip().splitlines()


def words_of(*path: str) -> list[str]:
    """The words of an entry of the lexicon."""
    return _entry(path).split()


def _entry(path: tuple[str, ...]) -> str:
    entry: Any = LEXICON
    for name in path:
        entry = entry[name]
    return entry


def plural(word: str) -> str:
    """The plural by rule, unless the lexicon lists it."""
    if word in LEXICON["irregular"]["plurals"]:
        return LEXICON["irregular"]["plurals"][word]
    if word in words_of("irregular", "invariable"):
        return word
    if word[-1] in "aeiouáéó":
        return word + "s"
    if word.endswith("z"):
        return word[:-1] + "ces"
    if word[-2:] in ("ón", "án", "ín", "ún", "és", "éx"):  # the stress moves: ramplón, ramplones
        word = word[:-2] + word[-2:].translate(_WITHOUT_ACCENTS)
    return word + "es"


def _feminine(word: str) -> str:
    """The feminine of an adjective: -o and agents change, the rest stay."""
    if word.endswith("o"):
        return word[:-1] + "a"
    if word.endswith(("dor", "tor", "sor", "dón", "lón", "ñón")):
        return word[:-2] + word[-2:].translate(_WITHOUT_ACCENTS) + "a"
    return word


def adjective(word: str) -> tuple[str, str, str, str]:
    """The four forms of an adjective after its noun or a verb."""
    return word, _feminine(word), plural(word), plural(_feminine(word))


def adjective_before_noun(word: str) -> tuple[str, str, str, str]:
    """The four forms of an adjective before its noun: some are cut short, to buen, mal and gran."""
    short = {"bueno": "buen", "malo": "mal", "grande": "gran"}.get(word, word)
    feminine = "gran" if word == "grande" else _feminine(word)
    return short, feminine, plural(word), plural(_feminine(word))


def superlative(word: str) -> str:
    """bueno → buenísimo, rico → riquísimo, largo → larguísimo, feliz → felicísimo, amable → amabilísimo."""
    if word.endswith("ío"):  # its i is a syllable of its own: frío → friísimo, but limpio → limpísimo
        return word.removesuffix("ío") + "iísimo"
    stem = re.sub("[oe]$", "", word.translate(_WITHOUT_ACCENTS))
    for end, new in (("bl", "bil"), ("c", "qu"), ("g", "gu"), ("z", "c"), ("i", "")):
        if stem.endswith(end):
            stem = stem.removesuffix(end) + new
            break
    return stem + "ísimo"


@cache
def conjugate(entry: str) -> dict[str, str]:
    """A verb's forms, "present 1s" … "imperfect 3p", "participle", "infinitive"; spanish.toml explains its entry."""
    verb, *stems = entry.split(":")
    if verb in LEXICON["irregular"]["verbs"]:
        forms = words_of("irregular", "verbs", verb)
    else:
        stem, ending = verb[:-2], verb[-2:].translate(_WITHOUT_ACCENTS)
        changed, third = (*stems, stem, stem)[:2]  # the present stem, and the preterite's in the third person
        present, preterite, imperfect, participle = _ENDINGS[ending]
        soft = stem[:-1] + {"c": "qu", "g": "gu", "z": "c"}.get(stem[-1], stem[-1]) if ending == "ar" else stem
        first = stem[:-1] + "zc" if re.search("[aeiou]cer$", verb) else changed  # agradecer, agradezco
        forms = [base + end for base, end in zip((first, changed, stem, changed), present.split(), strict=True)]
        forms += [base + end for base, end in zip((soft, third, stem, third), preterite.split(), strict=True)]
        forms += [stem + end for end in imperfect.split()] + [stem + participle]
    names = [f"{tense} {person}" for tense in ("present", "preterite", "imperfect") for person in _PERSONS]
    return dict(zip([*names, "participle"], forms, strict=True)) | {"infinitive": verb}


def agreeing(stem: str, agreement: int) -> str:
    """mucho, mucha, muchos, muchas."""
    return stem + ("o", "a", "os", "as")[agreement]


def mass_agreement(noun: str) -> int:
    """The agreement of a quality ("talento", "ganas"), by its ending."""
    is_plural = noun.endswith("s") and not noun.endswith("és")
    is_feminine = noun.removesuffix("s").endswith(("a", "dad", "ión", "tud"))
    return _MASS_EXCEPTIONS.get(noun, is_feminine + 2 * is_plural)

"""How hard a text is to read, by the usual formulas and a simple count of syllables."""

import re

_SENTENCE_END = re.compile(r"[.!?:]+(?:\s+|$)")
_WORD = re.compile(r"[a-záéíóúüñ]+(?:[-'][a-záéíóúüñ]+)*")
_EN_VOWELS = re.compile(r"[aeiouy]+")
_ES_SYLLABLE = re.compile(r"[iuü]?[aeoáéóíú][iuüy]?|[iuü]+|y\b")


def sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if part]


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def grade_en(text: str) -> float:
    """Flesch-Kincaid grade: years of school in the United States."""
    found = words(text)
    syllables = sum(_syllables_en(word) for word in found)
    return 0.39 * len(found) / len(sentences(text)) + 11.8 * syllables / len(found) - 15.59


def ease_es(text: str) -> float:
    """Fernández-Huerta: 70 and more is easy to read in Spanish."""
    found = words(text)
    syllables = sum(max(1, len(_ES_SYLLABLE.findall(word))) for word in found)
    return 206.84 - 60 * syllables / len(found) - 1.02 * len(found) / len(sentences(text))


def _syllables_en(word: str) -> int:
    stem = re.sub(r"(?<![aeiouyl])e$|(?<=[^aeiouytd])ed$", "", word)
    return max(1, len(_EN_VOWELS.findall(stem)))

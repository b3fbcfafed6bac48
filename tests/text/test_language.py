"""English or not."""

from __future__ import annotations

import pytest

from kgtool.text.language import is_english

ENGLISH = (
    "Alan Turing was an English mathematician and computer scientist who was born in London. He formalised the "
    "concepts of algorithm and computation with the Turing machine, which can be considered a model of a general "
    "purpose computer, and he worked at Bletchley Park during the war."
)
FOREIGN = {
    "German": "Alan Turing war ein britischer Logiker, Mathematiker und Informatiker. Er gilt heute als einer der "
    "einflussreichsten Theoretiker der frühen Computerentwicklung und schuf einen großen Teil der theoretischen "
    "Grundlagen für die moderne Technologie. Während des Zweiten Weltkrieges war er an der Entzifferung der "
    "Funksprüche beteiligt, die mit der Rotorschlüsselmaschine verschlüsselt wurden.",
    "French": "Alan Turing est un mathématicien et cryptologue britannique, auteur de travaux qui fondent "
    "scientifiquement l'informatique. Pour résoudre le problème fondamental de la décidabilité, il présente une "
    "expérience de pensée que l'on nommera ensuite machine, et des concepts de programme, qui prendront tout leur sens "
    "avec la diffusion des ordinateurs dans la seconde moitié du siècle.",
    "Dutch": "Alan Turing was een Britse wiskundige, computerpionier en logicus. Hij heeft in de jaren dertig de "
    "Turingmachine beschreven, een wiskundig model van een computer, en werkte in de oorlog aan het breken van de code "
    "die door het leger van Duitsland werd gebruikt. Hij is in 1954 gestorven na het eten van een appel die was "
    "vergiftigd met cyanide.",
    "Danish": "Alan Turing var en engelsk matematiker og datalog, som regnes for at være en af grundlæggerne af den "
    "moderne datalogi. Under krigen arbejdede han med at bryde tyske koder, og han stod i spidsen for en gruppe, der "
    "havde ansvaret for analysen af flådens meddelelser. Han fik senere en stilling ved universitetet i Manchester.",
}


def test_english_is_english() -> None:
    assert is_english(ENGLISH)


@pytest.mark.parametrize("language", sorted(FOREIGN))
def test_other_languages_are_not(language: str) -> None:
    assert len(FOREIGN[language].split()) >= 40
    assert not is_english(FOREIGN[language])


@pytest.mark.parametrize("text", ["Алан Тьюринг родился в Лондоне", "艾伦·图灵是英国数学家", "آلان تورينج عالم"])
def test_other_scripts_are_not_even_when_short(text: str) -> None:
    assert not is_english(text)


@pytest.mark.parametrize("text", ["", "1912 – 1954", "Guten Tag", "Café Zürich", "👍"])
def test_short_texts_have_the_benefit_of_the_doubt(text: str) -> None:
    assert is_english(text)


def test_english_with_foreign_names_is_english() -> None:
    assert is_english(ENGLISH + " Konrad Zuse was born in Berlin-Wilmersdorf, and Алан met him in Zürich.")

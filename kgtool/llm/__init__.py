"""Language models behind one port (:class:`kgtool.ports.LanguageModel`).

``openai`` talks to any OpenAI-compatible endpoint; ``scripted`` and ``replay`` need none. ``budget`` counts and limits
what is spent, ``cache`` keeps answers, ``batch`` asks for many at half the price.
"""

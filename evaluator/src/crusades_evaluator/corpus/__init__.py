"""Where an attempt's tokens come from: a corpus prepared from a data set, or the synthetic one."""

from crusades_evaluator.corpus.open import Corpus, open_corpus

__all__ = ["Corpus", "open_corpus"]

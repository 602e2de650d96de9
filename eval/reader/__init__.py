"""Teach a reader: from questions with the places of their answers to weights for `index.ranking.reader_model`.

`python -m eval.reader windows` cuts the texts into what is read at a time, `train` fits, `export` writes the weights.
Needs PyTorch and ../shared; docs/evaluation.md tells how to repeat it.
"""

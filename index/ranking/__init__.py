"""In which order, and as which results, are passages shown? Imports `index.store`, `index.lexical`, `index.dense`."""

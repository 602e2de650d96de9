"""What the documents say to a question: sentences word for word, or a language model whose quotes are checked."""

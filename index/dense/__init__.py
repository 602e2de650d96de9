"""Which passages are near a query in meaning? The embedding model and FAISS. Imports `index.store`."""

"""Which passages share words with a query? Analysis, query expansion and tantivy. Imports `index.store`."""

"""The pages: made on the server, readable without scripts, in the reader's language. Imports `service`'s parts."""

"""Pages for all features: rendering, translations, forms, static files, base templates. Imports `auth` and `http`."""

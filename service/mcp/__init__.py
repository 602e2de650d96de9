"""The Model Context Protocol server: assistants call the features' services as tools. Imports the features."""

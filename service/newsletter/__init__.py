"""The newsletter: staff choose from what came in, readers subscribe, a job sends."""

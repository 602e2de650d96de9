# Two stages: the first installs and prepares the model, the second only runs. No network is needed at run time.
# BASE names the image of both stages. Pin it where you build, by the digest you have checked:
#   docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:…
# No digest stands here: this repository is built without access to a registry of images, and one that nobody checked
# would only look safe.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock requirements-cpu.lock requirements-cuda.lock requirements-s3.lock ./
RUN (.venv/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements-cpu.lock || true) \
    && .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements.lock \
    && (.venv/bin/python -c "import torch" \
        || .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements-cuda.lock) \
    && .venv/bin/pip install --no-cache-dir --require-hashes --no-deps --requirement requirements-s3.lock
COPY pyproject.toml README.md ./
COPY index index
COPY ingest ingest
COPY service service
COPY eval eval
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && PASSERELLE_MODELS=/app/models .venv/bin/python -m index prepare

FROM ${BASE}
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 passerelle \
    && install --directory --owner passerelle --group root --mode 775 /app /app/var
WORKDIR /app
COPY --from=build --chown=passerelle /app/.venv .venv
COPY --from=build --chown=passerelle /app/models models
COPY --chown=passerelle corpus corpus
USER passerelle
# Runs as any user too, with a read-only root: only var/ is written, temporary files too.
ENV PATH=/app/.venv/bin:$PATH PASSERELLE_DATA=/app/var PASSERELLE_MODELS=/app/models PASSERELLE_HOST=0.0.0.0 \
    HOME=/app/var TMPDIR=/app/var
VOLUME /app/var
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# docker run … passerelle-ingest /documents fills the volume; without it an empty index says what to do.
CMD ["passerelle-service"]

# Two stages: what is built, then what runs, as nobody in particular and on a read-only file system.
FROM python:3.11-slim AS build
WORKDIR /escale
COPY requirements/run.lock requirements/run.lock
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/run.lock
COPY pyproject.toml README.md LICENSE ./
COPY requirements/run.in requirements/run.in
COPY app app
COPY templates templates
COPY static static
COPY data data
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && /venv/bin/python -m compileall -q app

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin escale \
    && install -d -o escale -g escale -m 0700 /var/lib/escale
COPY --from=build /venv /venv
COPY --from=build /escale /escale
WORKDIR /escale
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 ESCALE_ENV=production \
    ESCALE_DATA_DIR=/var/lib/escale
USER escale
VOLUME /var/lib/escale
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["escale", "serve", "--host", "0.0.0.0", "--workers", "2"]

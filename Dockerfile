# One file for all that is built here: `service` runs every role, `demo` adds the demonstration's identity provider,
# `edge` is the door of a region. Nothing needs a shell, a compiler or root once it runs.
#
# Bases are named by tag here. Before real people are served, put behind each tag the digest of the image that you have
# checked (python:3.13-slim@sha256:…, shown by `docker buildx imagetools inspect python:3.13-slim`), here or in .env.
ARG PYTHON_IMAGE=python:3.13-slim
ARG DEBIAN_IMAGE=debian:trixie-slim

# Packages exactly as locked: every hash is checked, nothing is compiled.
FROM ${PYTHON_IMAGE} AS packages
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python3 -m venv --without-pip /opt/healthcode \
 && python3 -m pip --python /opt/healthcode/bin/python install --no-cache-dir --disable-pip-version-check --no-input \
      --require-hashes --only-binary :all: -r /tmp/runtime.txt

# The pages, built by the versions that their lock names; of the tools nothing is left in an image.
FROM ${PYTHON_IMAGE} AS pages
COPY requirements/pages.txt /tmp/pages.txt
RUN python3 -m venv /opt/node \
 && /opt/node/bin/pip install --no-cache-dir --disable-pip-version-check --no-input \
      --require-hashes --only-binary :all: -r /tmp/pages.txt
ENV PATH=/opt/node/bin:$PATH
WORKDIR /src
COPY web web
RUN for part in verify portal; do npm ci --prefix web/$part --silent --no-audit --no-fund --ignore-scripts; done
COPY healthcode/data/gbt2260.tsv healthcode/data/gbt2260.tsv
RUN cd web/portal && node node_modules/vite/bin/vite.js build --logLevel warn

FROM packages AS code
WORKDIR /app
COPY healthcode healthcode
COPY chassis chassis
COPY services services
COPY regions regions
COPY deploy/access.py deploy/certificates.py deploy/keys.py deploy/prepare.py deploy/probe.py deploy/
COPY deploy/kafka/topics.yaml deploy/kafka/topics.yaml
COPY --from=pages /src/web/portal/dist web/portal/dist
# bytecode is made once, here: the root file system is read-only later
RUN /opt/healthcode/bin/python -m compileall -q --invalidation-mode unchecked-hash .

FROM ${PYTHON_IMAGE} AS service
ARG HC_VERSION=0.0.0
LABEL org.opencontainers.image.title="healthcode" \
      org.opencontainers.image.description="An open health-code system: all services, one role a container" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${HC_VERSION}"
# The folders of keys are the mount points of volumes, which take their owner from here.
COPY --from=code /app/regions /app/regions
RUN python3 -m pip uninstall -qy pip setuptools wheel 2>/dev/null || true; \
    groupadd --gid 10001 healthcode \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin healthcode \
 && for name in $(ls /app/regions) database broker identity; do mkdir -p "/keys/$name"; done \
 && mkdir /public && chown -R 10001:10001 /keys /public && chmod go= /keys/[0-9]* /keys/identity
COPY --from=packages /opt/healthcode /opt/healthcode
COPY --from=code /app /app
ENV PATH=/opt/healthcode/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1 PYTHONPATH=/app
WORKDIR /app
USER 10001:10001
# no shell in between: SIGTERM reaches the process, which ends what it has in hand
ENTRYPOINT ["python", "-m"]
CMD ["services", "--help"]
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=3 CMD ["python", "-IS", "/app/deploy/probe.py"]

# Vouches for whoever you say you are, so it is in no other image.
FROM service AS demo
COPY demo demo

FROM ${DEBIAN_IMAGE} AS edge
ARG HC_VERSION=0.0.0
LABEL org.opencontainers.image.title="healthcode-edge" \
      org.opencontainers.image.description="The door of a region: one port, each path to the service that answers it" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${HC_VERSION}"
RUN apt-get update && apt-get install -y --no-install-recommends haproxy && rm -rf /var/lib/apt/lists/*
COPY deploy/edge /etc/healthcode
USER haproxy
# asks to end after the requests in hand; SIGTERM would cut them off
STOPSIGNAL SIGUSR1
ENTRYPOINT ["haproxy", "-db", "-f", "/etc/healthcode/haproxy.cfg"]

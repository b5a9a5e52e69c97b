# Solulu itself. PACKAGES names the lock file in requirements/, and so the kind of image:
#   light  all services and the client, without a model library
#   heavy  light with training, local models and the predictor
#   ray    light with Ray: for the services that use a Ray cluster, its head and its workers
#
# Dependencies and code are two layers, so that a change of code travels without the dependencies.
# The container writes below /tmp and /var/lib/solulu only: mount volumes there and make its root read-only.

FROM docker.io/library/debian:bookworm-slim AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libcurl3-gnutls libpcre2-8-0 python3 \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && ln -s ../lib/git-core/git /usr/bin/git \
 && useradd --uid 10001 --user-group --create-home --home-dir /var/lib/solulu --shell /usr/sbin/nologin solulu

FROM base AS build
RUN apt-get update && apt-get install -y --no-install-recommends git python3-venv
# As git and uv do here, pip trusts what the system trusts.
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
WORKDIR /build
COPY requirements/build.txt requirements/
RUN python3 -m venv tools && tools/bin/pip install --quiet --no-cache-dir --require-hashes -r requirements/build.txt
COPY LICENSE README.md pyproject.toml ./
COPY services services
RUN tools/bin/python -m hatchling build --target wheel --directory dist \
 && python3 -m venv --without-pip /opt/solulu \
 && tools/bin/uv pip install --quiet --offline --no-cache --no-deps --compile-bytecode \
      --python /opt/solulu/bin/python dist/*.whl

FROM base
ARG PACKAGES=light
COPY requirements/build.txt requirements/${PACKAGES}.txt /tmp/requirements/
# In one layer, tools that go again included: copied from a stage, these gigabytes would be there twice while it is built.
# What is never loaded goes too, 170 MB: an asynchronous Kubernetes client, two of Arrow's protocols, headers, stubs and
# tests; and what only compilers read, for there is none: 470 MB of the heavy image.
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv \
 && python3 -m venv /tmp/tools && python3 -m venv --without-pip /opt/solulu \
 && PIP_CERT=/etc/ssl/certs/ca-certificates.crt /tmp/tools/bin/pip install --quiet --no-cache-dir --require-hashes \
      -r /tmp/requirements/build.txt \
 && /tmp/tools/bin/uv pip sync --quiet --system-certs --no-cache --require-hashes --compile-bytecode \
      --python /opt/solulu/bin/python /tmp/requirements/${PACKAGES}.txt \
 && cd /opt/solulu/lib/python3.11/site-packages \
 && rm -rf kubernetes/aio pyarrow/*flight* pyarrow/*s3* \
 && find . -type d '(' -name tests -o -name SelfTest -o -name include ')' -prune -exec rm -r {} + \
 && find . '(' -name '*.py[ix]' -o -name '*.a' ')' -delete \
 && apt-get purge -y --auto-remove python3-venv && apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/*
# Only what reads repositories, there and over HTTP: without Perl and the rest that is 60 MB less.
COPY --from=build /usr/lib/git-core/git /usr/lib/git-core/git-remote-http /usr/lib/git-core/git-remote-https \
     /usr/lib/git-core/
COPY --from=build /usr/share/git-core /usr/share/git-core
COPY --from=build /opt/solulu /opt/solulu
ENV PATH=/opt/solulu/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    SOLULU_HOME=/var/lib/solulu
USER 10001:10001
WORKDIR /var/lib/solulu
EXPOSE 7333 9090
ENTRYPOINT ["solulu"]

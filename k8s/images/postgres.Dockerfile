# PostgreSQL for a trial, from Debian. It obeys those variables of docker.io/library/postgres that the chart sets
# (POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA), so that image can take its place.
# The container writes below PGDATA's parent and /var/run/postgresql only.

FROM docker.io/library/debian:bookworm-slim
# No key of a certificate is made here, for all who run this image would share it.
RUN dpkg-divert --quiet --rename --add --divert /usr/sbin/make-ssl-cert.unused /usr/sbin/make-ssl-cert \
 && ln -s /bin/true /usr/sbin/make-ssl-cert \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-common \
 && echo 'create_main_cluster = false' >> /etc/postgresql-common/createcluster.conf \
 && apt-get install -y --no-install-recommends postgresql-15 \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/postgresql --shell /usr/sbin/nologin solulu \
 && mkdir -p /var/lib/postgresql/data \
 && chown 10001:10001 /var/lib/postgresql/data /var/run/postgresql
COPY k8s/images/postgres.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/lib/postgresql/15/bin:$PATH \
    LANG=C.UTF-8 \
    PGDATA=/var/lib/postgresql/data/pgdata
USER 10001:10001
EXPOSE 5432
# SIGTERM would wait until the last client leaves.
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]

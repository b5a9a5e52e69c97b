# The gateway's nginx, from Debian. Its configuration is the chart's and mounted at /etc/nginx/nginx.conf; it keeps the
# process id and what it buffers below /tmp, the only place that the container writes to.

FROM docker.io/library/debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
USER 10001:10001
EXPOSE 7333
ENTRYPOINT ["nginx", "-e", "stderr", "-g", "daemon off;"]

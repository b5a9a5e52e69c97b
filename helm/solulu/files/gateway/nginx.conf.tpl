# One address for all services: a call goes to the service that its path names. Every service answers for the jobs and
# artifacts of all, so those calls, and the question whether anybody is there, go to whoever is up.
worker_processes 2;
pid /tmp/nginx.pid;
error_log stderr error;

events {
  worker_connections 4096;
}

http {
  access_log off;
  server_tokens off;
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
{{ $services := .Values.components.gateway.uses }}
{{- range $services }}
  upstream {{ . }} {
    server {{ $.Release.Name }}-{{ . }}:7333;
    keepalive 32;
  }
{{- end }}
  upstream any {
  {{- range $services }}
    server {{ $.Release.Name }}-{{ . }}:7333 fail_timeout=5s;
  {{- end }}
    keepalive 32;
  }
  # Who asks for the health of one service names it in the metadata, as `solulu-service: judge`.
  map $http_solulu_service $asked {
    default any;
  {{- range $services }}
    {{ . }} {{ . }};
  {{- end }}
  }

  server {
    listen 7333 http2;
    keepalive_requests 1000000;
    http2_max_concurrent_streams 1024;
    client_max_body_size 0;
    client_body_timeout 1d;
    grpc_connect_timeout 5s;
    grpc_read_timeout 1d;
    grpc_send_timeout 1d;
    grpc_socket_keepalive on;
    default_type application/grpc;
    error_page 502 503 504 = @away;
{{ range $services }}
    location /solulu.v1.{{ title . }}Service/ { grpc_pass grpc://{{ . }}; }
{{- end }}
    location /solulu.v1.JobService/ { grpc_pass grpc://any; }
    location /solulu.v1.ArtifactService/ { grpc_pass grpc://any; }
    location /grpc.health.v1.Health/ { grpc_pass grpc://$asked; }
    location /grpc.reflection. { grpc_pass grpc://any; }

    location @away {
      add_header grpc-status 14;
      add_header grpc-message "the service is away; it may be starting";
      return 200;
    }
    location / {
      add_header grpc-status 12;
      add_header grpc-message "no service of this name is behind the gateway";
      return 200;
    }
  }
}

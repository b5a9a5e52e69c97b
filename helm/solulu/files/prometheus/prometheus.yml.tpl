# A job for the services and one for the predictors, as the rules expect; DNS tells their pods. The names are whole ones,
# because a search for shorter ones may end in an error, after which pods that are gone would stay.
global:
  scrape_interval: {{ .Values.monitoring.interval }}
  evaluation_interval: {{ .Values.monitoring.interval }}
rule_files: [/etc/prometheus/*.yaml]
scrape_configs:
{{- range $job, $port := include "solulu.scraped" . | fromJson }}
  - job_name: {{ $job }}
    dns_sd_configs:
      - names: [{{ $.Release.Name }}-{{ $job }}.{{ $.Release.Namespace }}.svc.{{ $.Values.clusterDomain }}.]
        type: A
        port: {{ $port }}
        refresh_interval: 5s
{{- end }}

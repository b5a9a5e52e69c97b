# A job for the services and one for the predictors, as the rules expect; DNS tells their pods.
global:
  scrape_interval: {{ .Values.monitoring.interval }}
  evaluation_interval: {{ .Values.monitoring.interval }}
rule_files: [/etc/prometheus/*.yaml]
scrape_configs:
{{- range $job, $port := include "solulu.scraped" . | fromJson }}
  - job_name: {{ $job }}
    dns_sd_configs:
      - names: [{{ $.Release.Name }}-{{ $job }}]
        type: A
        port: {{ $port }}
        refresh_interval: 5s
{{- end }}

{{/*
What things are called. Templates of a component get `root` (the top), `name` and `it` (its block in `components`).
*/}}

{{- define "solulu.selector" -}}
app.kubernetes.io/name: solulu
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "solulu.labels" -}}
{{ include "solulu.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* Without versions: a new chart would replace pods that nothing else of it changes, the store's among them. */}}
{{- define "solulu.podLabels" -}}
{{ include "solulu.selector" . }}
app.kubernetes.io/part-of: solulu
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .it.metrics }}
solulu.dev/metrics: {{ .job }}
{{- end }}
{{- with .it.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The name, labels and annotations of an object that is a component's. */}}
{{- define "solulu.metadata" -}}
name: {{ .root.Release.Name }}-{{ .name }}
labels:
  {{- include "solulu.labels" . | nindent 2 }}
{{- with .it.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Not empty where a component is wanted. */}}
{{- define "solulu.wanted" -}}
{{- if or (not .it.when) (index .root.Values .it.when).enabled }}wanted{{ end }}
{{- end }}

{{/* The Secret that is called auth, store or database in the values; any other name is a Secret's own. */}}
{{- define "solulu.secret" -}}
{{- if has .secret (list "auth" "store" "database") -}}
{{ (index .root.Values .secret).existingSecret | default (printf "%s-%s" .root.Release.Name .secret) }}
{{- else -}}
{{ .secret }}
{{- end -}}
{{- end }}

{{- define "solulu.image" -}}
{{- $kind := .it.image }}
{{- if and (eq $kind "light") (has "ray-head" .it.uses) (include "solulu.ray" .root) }}{{ $kind = "ray" }}{{ end }}
{{- with index .root.Values.images $kind -}}
{{ .repository }}:{{ .tag | default $.root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* The address of the Ray cluster; empty without one. */}}
{{- define "solulu.ray" -}}
{{- with .Values.ray -}}
{{ .address | default (ternary (printf "ray://%s-ray-head:10001" $.Release.Name) "" .enabled) }}
{{- end }}
{{- end }}

{{/* Prometheus's jobs, each with the port that its pods are scraped at, as a JSON object. */}}
{{- define "solulu.scraped" -}}
{{- $jobs := dict }}
{{- range .Values.components }}
{{- with .metrics }}{{ $_ := set $jobs .job .port }}{{ end }}
{{- end }}
{{- toJson $jobs }}
{{- end }}

{{/*
Who may talk to whom: `uses` of a component names the others that it calls, at all of their ports but `metrics`;
`NAME:*` is every port of a pod. The rest follows from `rules` (the Kubernetes API), `internet`, `public` and `metrics`.
*/}}

{{- define "solulu.ingress" -}}
{{- $root := .root }}
{{- $name := .name }}
{{- $it := .it }}
{{- range $other, $from := .root.Values.components }}
{{- if include "solulu.wanted" (dict "root" $root "it" $from) }}
{{- range $from.uses }}
{{- if eq (trimSuffix ":*" .) $name }}
- from:
    - podSelector:
        matchLabels:
          {{- include "solulu.selector" (dict "root" $root "name" $other) | nindent 10 }}
  {{- include "solulu.ports" (dict "uses" . "it" $it) | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if .it.public }}
- ports:
    {{- range .it.ports }}
    - port: {{ . }}
    {{- end }}
  {{- with .root.Values.networkPolicy.clients }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .it.metrics }}
{{- $scrapers := $root.Values.networkPolicy.scrapers }}
{{- if $root.Values.prometheus.enabled }}
{{- $labels := include "solulu.selector" (dict "root" $root "name" "prometheus") | fromYaml }}
{{- $scrapers = prepend $scrapers (dict "podSelector" (dict "matchLabels" $labels)) }}
{{- end }}
{{- with $scrapers }}
- ports:
    - port: {{ $it.metrics.port }}
  from:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "solulu.egress" -}}
{{- $root := .root }}
{{- $values := .root.Values }}
{{- range .it.uses }}
{{- $other := trimSuffix ":*" . }}
{{- $it := index $values.components $other }}
{{- if include "solulu.wanted" (dict "root" $root "it" $it) }}
- to:
    - podSelector:
        matchLabels:
          {{- include "solulu.selector" (dict "root" $root "name" $other) | nindent 10 }}
  {{- include "solulu.ports" (dict "uses" . "it" $it) | nindent 2 }}
{{- else }}
{{- with include "solulu.outside" (dict "root" $root "name" $other) }}
- ports:
    - port: {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .name "prometheus" }}
{{- range $other, $it := $values.components }}
{{- if and $it.metrics (include "solulu.wanted" (dict "root" $root "it" $it)) }}
- to:
    - podSelector:
        matchLabels:
          {{- include "solulu.selector" (dict "root" $root "name" $other) | nindent 10 }}
  ports:
    - port: {{ $it.metrics.port }}
{{- end }}
{{- end }}
{{- end }}
{{- if .it.rules }}
{{ toYaml $values.networkPolicy.kubernetes }}
{{- end }}
{{- if .it.internet }}
{{ toYaml $values.networkPolicy.internet }}
{{- end }}
{{- if or .it.uses .it.rules .it.internet (eq .name "prometheus") }}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
{{- end }}
{{- end }}

{{/* `ports` of an edge; none where every port is meant. */}}
{{- define "solulu.ports" -}}
{{- if not (hasSuffix ":*" .uses) }}
ports:
  {{- range omit .it.ports "metrics" }}
  - port: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The port of a database, a store or a Ray cluster that is not the chart's; empty where there is none. */}}
{{- define "solulu.outside" -}}
{{- $values := .root.Values }}
{{- if eq .name "database" }}
{{- $values.database.port }}
{{- else if eq .name "store" }}
{{- $place := urlParse ($values.store.endpoint | default "https://s3.amazonaws.com") }}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $place.host) | default (ternary "80" "443" (eq $place.scheme "http")) }}
{{- else if eq .name "ray-head" }}
{{- regexFind "[0-9]+$" $values.ray.address }}
{{- end }}
{{- end }}

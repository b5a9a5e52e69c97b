{{/*
When what runs once is run. The schema is changed before an upgrade, and before the installation too where the database
is there already. An included database is installed together with the services, so its first migration runs beside
them, and they wait for it.
*/}}
{{- define "solulu.hooked" -}}
{{- $hook := "" }}
{{- if eq .it.kind "Pod" }}
{{- $hook = "test" }}
{{- else if or .root.Release.IsUpgrade (not .root.Values.database.enabled) }}
{{- $hook = "pre-install,pre-upgrade" }}
{{- end }}
{{- $annotations := .it.annotations | default dict }}
{{- if $hook }}
{{- $policy := "before-hook-creation,hook-succeeded" }}
{{- $annotations = merge (dict "helm.sh/hook" $hook "helm.sh/hook-delete-policy" $policy) $annotations }}
{{- end }}
name: {{ .root.Release.Name }}-{{ .name }}-{{ .root.Release.Revision }}
labels:
  {{- include "solulu.labels" . | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
The one pod that everything runs in. It passes PodSecurity `restricted`, and writes to its volumes alone.
*/}}

{{- define "solulu.podMetadata" -}}
labels:
  {{- include "solulu.podLabels" . | nindent 2 }}
{{- $annotations := dict }}
{{- with include "solulu.files" . }}{{ $_ := set $annotations "checksum/files" (sha256sum .) }}{{ end }}
{{- if and .it.metrics (not (.root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor")) }}
{{- $_ := set $annotations "prometheus.io/scrape" "true" }}
{{- $_ := set $annotations "prometheus.io/port" (toString .it.metrics.port) }}
{{- end }}
{{- with merge $annotations (.it.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "solulu.podSpec" -}}
{{- $root := .root }}
{{- $pool := dict }}
{{- if .it.pool }}{{ $pool = index .root.Values.pools .it.pool }}{{ end }}
{{- if not (has .it.kind (list "Job" "Pod")) }}
serviceAccountName: {{ .root.Release.Name }}-{{ .name }}
{{- end }}
automountServiceAccountToken: {{ not (empty .it.rules) }}
enableServiceLinks: false
{{- with .it.restartPolicy }}
restartPolicy: {{ . }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $pool.runtimeClass }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $pool.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pool.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .root.Values.user }}
  runAsUser: {{ . }}
  runAsGroup: {{ . }}
  fsGroup: {{ . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: {{ .it.container | default .name }}
    image: {{ include "solulu.image" . }}
    imagePullPolicy: {{ .root.Values.imagePullPolicy }}
    {{- with .it.command }}
    command:
      {{- tpl (toYaml .) $root | nindent 6 }}
    {{- end }}
    {{- with .it.args }}
    args:
      {{- tpl (toYaml .) $root | nindent 6 }}
    {{- end }}
    {{- with include "solulu.env" . | fromJson }}
    env:
      {{- range $name, $value := . }}
      - name: {{ $name }}
        {{- if kindIs "map" $value }}
        valueFrom:
          secretKeyRef:
            name: {{ include "solulu.secret" (dict "root" $root "secret" $value.secret) }}
            key: {{ $value.key }}
        {{- else }}
        value: {{ tpl $value $root | quote }}
        {{- end }}
      {{- end }}
    {{- end }}
    {{- if and .it.endpoints .root.Values.endpoints.existingSecret }}
    envFrom:
      - secretRef:
          name: {{ .root.Values.endpoints.existingSecret }}
    {{- end }}
    {{- with .it.ports }}
    ports:
      {{- range $name, $port := . }}
      - name: {{ $name }}
        containerPort: {{ $port }}
      {{- end }}
    {{- end }}
    {{- include "solulu.probes" . | nindent 4 }}
    {{- with .it.pauseSeconds }}
    lifecycle:
      preStop:
        sleep:
          seconds: {{ . }}
    {{- end }}
    {{- $device := dict }}
    {{- with $pool.resource }}{{ $device = dict "limits" (dict . $pool.count) }}{{ end }}
    resources:
      {{- toYaml (merge $device .it.resources) | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities:
        drop: [ALL]
    volumeMounts:
      {{- range $i, $path := include "solulu.scratch" . | fromJsonArray }}
      - name: scratch-{{ $i }}
        mountPath: {{ $path }}
      {{- end }}
      {{- if .it.sharedMemory }}
      - name: shared-memory
        mountPath: /dev/shm
      {{- end }}
      {{- with .it.files }}
      - name: files
        mountPath: {{ .path }}
        readOnly: true
      {{- end }}
      {{- with .it.storage }}
      - name: data
        mountPath: {{ .path }}
      {{- end }}
volumes:
  {{- range $i, $_ := include "solulu.scratch" . | fromJsonArray }}
  - name: scratch-{{ $i }}
    emptyDir: {}
  {{- end }}
  {{- with .it.sharedMemory }}
  - name: shared-memory
    emptyDir:
      medium: Memory
      sizeLimit: {{ . }}
  {{- end }}
  {{- if .it.files }}
  - name: files
    configMap:
      name: {{ .root.Release.Name }}-{{ .name }}
  {{- end }}
{{- end }}

{{/* The folders that the container may write to, as a JSON list. */}}
{{- define "solulu.scratch" -}}
{{- $home := ternary (list "/var/lib/solulu") list (has .it.image (list "light" "heavy" "ray")) }}
{{- toJson (concat (list "/tmp") $home (.it.scratch | default list)) }}
{{- end }}

{{/* A component's files as the `data` of its ConfigMap; a name that ends in .tpl is a template of its own. */}}
{{- define "solulu.files" -}}
{{- $root := .root }}
{{- range (.it.files | default dict).from }}
{{- range $path, $_ := $root.Files.Glob . }}
{{- $text := $root.Files.Get $path }}
{{- if hasSuffix ".tpl" $path }}{{ $text = tpl $text $root }}{{ end }}
{{ base $path | trimSuffix ".tpl" }}: |
  {{- $text | trimSuffix "\n" | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Every environment variable by its name, as JSON: a string, or the secret and key that it comes from. */}}
{{- define "solulu.env" -}}
{{- $values := .root.Values }}
{{- $release := .root.Release.Name }}
{{- $uses := .it.uses | default list }}
{{- $env := dict }}
{{- if has .it.image (list "light" "heavy" "ray") }}
{{- $threads := toString (int $values.threads) }}
{{- range list "SOLULU_THREADS" "OMP_NUM_THREADS" "MKL_NUM_THREADS" }}{{ $_ := set $env . $threads }}{{ end }}
{{- $env = merge $env $values.settings }}
{{- end }}
{{- if has "database" $uses }}
{{- with $values.database }}
{{- $host := ternary (printf "%s-database" $release) .host .enabled }}
{{- $_ := set $env "SOLULU_DATABASE" (printf "postgresql://%s@%s:%d/%s%s" .user $host (int .port) .name .parameters) }}
{{- end }}
{{- $_ := set $env "PGPASSWORD" (dict "secret" "database" "key" "PGPASSWORD") }}
{{- end }}
{{- if has "store" $uses }}
{{- with $values.store }}
{{- $_ := set $env "SOLULU_STORE" .url }}
{{- $_ := set $env "SOLULU_S3_REGION" .region }}
{{- $_ := set $env "SOLULU_S3_ENDPOINT" (ternary (printf "http://%s-store:9000" $release) .endpoint .enabled) }}
{{- end }}
{{- range list "SOLULU_S3_ACCESS_KEY" "SOLULU_S3_SECRET_KEY" }}
{{- $_ := set $env . (dict "secret" "store" "key" .) }}
{{- end }}
{{- end }}
{{- if has "gateway" $uses }}
{{- $_ := set $env "SOLULU_ADDRESS" (printf "%s-gateway:%d" $release (int $values.components.gateway.ports.grpc)) }}
{{- end }}
{{- if or .it.token (has "gateway" $uses) }}
{{- $_ := set $env "SOLULU_TOKEN" (dict "secret" "auth" "key" "token") }}
{{- end }}
{{- if and .it.endpoints $values.endpoints.models }}
{{- $_ := set $env "SOLULU_ENDPOINTS" (toJson $values.endpoints.models) }}
{{- end }}
{{- $ray := include "solulu.ray" .root }}
{{- if and $ray (has "ray-head" $uses) }}
{{- $_ := set $env "SOLULU_EXECUTOR" "ray" }}
{{- $_ := set $env "SOLULU_RAY_ADDRESS" $ray }}
{{- end }}
{{- toJson (merge (dict) (.it.env | default dict) $env) }}
{{- end }}

{{/* Probes: `grpc`, `tcp`, a path of HTTP, or a command, at the component's first port. */}}
{{- define "solulu.probes" -}}
{{- with .it.health }}
{{- if .alive }}
startupProbe:
  {{- include "solulu.probe" (dict "check" .alive "ports" $.it.ports) | nindent 2 }}
  periodSeconds: 2
  failureThreshold: 300
livenessProbe:
  {{- include "solulu.probe" (dict "check" .alive "ports" $.it.ports) | nindent 2 }}
  periodSeconds: 20
  failureThreshold: 6
{{- end }}
readinessProbe:
  {{- include "solulu.probe" (dict "check" .ready "ports" $.it.ports) | nindent 2 }}
  periodSeconds: 5
{{- end }}
{{- end }}

{{- define "solulu.probe" -}}
{{- $port := index .ports (omit .ports "metrics" | keys | sortAlpha | first) }}
{{- if kindIs "slice" .check -}}
exec:
  command: {{ toJson .check }}
{{- else if eq .check "grpc" -}}
grpc:
  port: {{ $port }}
{{- else if eq .check "tcp" -}}
tcpSocket:
  port: {{ $port }}
{{- else -}}
httpGet:
  path: {{ .check }}
  port: {{ $port }}
{{- end }}
timeoutSeconds: 10
{{- end }}

{{- /* A value as text; null is empty. Numbers come as floating point, which would print large ones as 3e+10. */ -}}
{{- define "sluice.text" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else if not (kindIs "invalid" .) }}{{ . }}{{ end -}}
{{- end -}}

{{- /* A list, or a text with commas, as a text with commas. */ -}}
{{- define "sluice.list" -}}
{{- if kindIs "slice" . }}{{ join "," . }}{{ else if not (kindIs "invalid" .) }}{{ . }}{{ end -}}
{{- end -}}

{{- define "sluice.namespace" -}}
{{ .Values.namespace | default "mirrord" }}
{{- end -}}

{{- /* What kubectl finds the pods by: users know the first. */ -}}
{{- define "sluice.selector" -}}
app: mirrord-operator
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sluice.labels" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.operator.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "sluice.metadata" -}}
name: {{ .name }}
namespace: {{ .namespace | default (include "sluice.namespace" .root) }}
labels:
  {{- include "sluice.labels" .root | nindent 2 }}
{{- end -}}

{{- /* Names of what has no namespace: one per release, so that several releases share a cluster. */ -}}
{{- define "sluice.clusterName" -}}
{{ printf "sluice-%s" .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}

{{- /* "yes" when this release may make an object without namespace, or has made it: it is not there, or ours.
       Arguments: root, apiVersion, kind, name. */ -}}
{{- define "sluice.ours" -}}
{{- $there := lookup .apiVersion .kind "" .name -}}
{{- $notes := dig "metadata" "annotations" dict $there -}}
{{- if or (not $there) (and (eq (get $notes "meta.helm.sh/release-name") .root.Release.Name) (eq (get $notes "meta.helm.sh/release-namespace") .root.Release.Namespace)) -}}
yes
{{- end -}}
{{- end -}}

{{- /* The namespaces that the operator's rights are for, as a JSON list; [""]: all of them. */ -}}
{{- define "sluice.namespaces" -}}
{{- $list := splitList "," (include "sluice.list" .Values.operator.namespaces) -}}
{{- $list | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- /* Where it may read secrets (S-5). */ -}}
{{- define "sluice.secretNamespaces" -}}
{{- $list := splitList "," (include "sluice.list" .Values.operator.secretNamespaces) -}}
{{- append $list (include "sluice.namespace" .) | compact | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- define "sluice.image" -}}
{{ .Values.operator.image }}:{{ .Values.operator.imageTag | default .Chart.AppVersion }}
{{- end -}}

{{- /* Restricted pod security (S-16). */ -}}
{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}
{{- define "sluice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- /* Variables of both containers. */ -}}
{{- define "sluice.extraEnv" -}}
{{- if kindIs "slice" .Values.operator.extraEnv }}
{{ toYaml .Values.operator.extraEnv }}
{{- else }}
{{- range $name, $value := .Values.operator.extraEnv }}
- name: {{ $name }}
  {{- if kindIs "map" $value }}
  {{- toYaml $value | nindent 2 }}
  {{- else }}
  value: {{ include "sluice.text" $value | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

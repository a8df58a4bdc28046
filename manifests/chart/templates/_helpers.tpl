{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{- define "acr.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end }}

{{/* What selectors name; never to be changed. Takes the component. */}}
{{- define "acr.selector" -}}
app.kubernetes.io/name: acr-credential-helper
app.kubernetes.io/component: {{ . }}
{{- end }}

{{/* Takes a list of the root and the component. */}}
{{- define "acr.labels" -}}
{{- $root := index . 0 -}}
{{ include "acr.selector" (index . 1) }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: acr-credential-helper
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "acr.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "acr.controllerUser" -}}
system:serviceaccount:{{ include "acr.namespace" . }}:{{ .Values.serviceAccount.name }}
{{- end }}

{{- define "acr.cleanupUser" -}}
system:serviceaccount:{{ include "acr.namespace" . }}:acr-cleanup
{{- end }}

{{/* The values of one process as YAML: those of both, and its own over them. Takes a list of the root and the process. */}}
{{- define "acr.valuesOf" -}}
{{- $values := (index . 0).Values -}}
{{- $own := index $values (index . 1) -}}
{{- $both := pick $values "replicaCount" "podAnnotations" "podLabels" "podSecurityContext" "securityContext" "resources"
  "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" "terminationGracePeriodSeconds"
  "podDisruptionBudget" "readinessProbe" "livenessProbe" -}}
{{- $all := mergeOverwrite (deepCopy $both) (deepCopy $own) -}}
{{- range $list := list "extraArgs" "extraEnv" "extraVolumes" "extraVolumeMounts" -}}
{{- $_ := set $all $list (concat (index $values $list) (index $own $list | default list)) -}}
{{- end -}}
{{ toYaml $all }}
{{- end }}

{{/* The lines of acr-configuration that the values give, as a map of key and text. */}}
{{- define "acr.configurationData" -}}
{{- $data := dict -}}
{{- range $value, $key := dict "serviceAccount" "service-account" "watchNamespace" "watch-namespace" "excludeNamespaces" "exclude-namespaces" -}}
{{- $given := index $.Values.configuration $value -}}
{{- if not (kindIs "invalid" $given) -}}
{{- $_ := set $data $key (join "," $given) -}}
{{- end -}}
{{- end -}}
{{- range $value, $key := dict "namespaceSelector" "namespace-selector" "expiringThreshold" "expiring-threshold" "bindingMode" "binding-mode" "notifyEmail" "notify-email" -}}
{{- $given := index $.Values.configuration $value -}}
{{- if not (kindIs "invalid" $given) -}}
{{- $_ := set $data $key (toString $given) -}}
{{- end -}}
{{- end -}}
{{- $items := .Values.configuration.acrRegistryInfo -}}
{{- if not (kindIs "invalid" $items) -}}
{{- $_ := set $data "acr-registry-info" (kindIs "string" $items | ternary $items (toYaml $items)) -}}
{{- end -}}
{{- if not (kindIs "invalid" .Values.configuration.rrsa) -}}
{{- $_ := set $data "rrsa" (printf "enable: %t" .Values.configuration.rrsa) -}}
{{- end -}}
{{- $webhook := list -}}
{{- range $field := list (list "enabled" "enable") (list "failurePolicy" "failure-policy") (list "timeoutSeconds" "timeout-seconds") (list "mode" "mode") -}}
{{- $given := index $.Values.webhook (index $field 0) -}}
{{- if not (kindIs "invalid" $given) -}}
{{- $webhook = append $webhook (printf "%s: %v" (index $field 1) $given) -}}
{{- end -}}
{{- end -}}
{{- if $webhook -}}
{{- $_ := set $data "webhook-configuration" (join "\n" $webhook) -}}
{{- end -}}
{{ toYaml $data }}
{{- end }}

{{/* Fails for values of acr-configuration that nobody would read. */}}
{{- define "acr.checkConfigurationValues" -}}
{{- if not .Values.configuration.create -}}
{{- range $name := list "serviceAccount" "watchNamespace" "excludeNamespaces" "namespaceSelector" "acrRegistryInfo" "expiringThreshold" "bindingMode" "rrsa" "notifyEmail" -}}
{{- if not (kindIs "invalid" (index $.Values.configuration $name)) -}}
{{- fail (printf "configuration.%s has no effect without configuration.create=true: set that, or edit ConfigMap %s/%s" $name $.Values.configuration.namespace $.Values.configuration.name) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "enabled" "failurePolicy" "timeoutSeconds" "mode" -}}
{{- if not (kindIs "invalid" (index $.Values.webhook $name)) -}}
{{- fail (printf "webhook.%s has no effect without configuration.create=true: set that, or edit webhook-configuration in ConfigMap %s/%s" $name $.Values.configuration.namespace $.Values.configuration.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Not empty if the API server has ValidatingAdmissionPolicy v1. */}}
{{- define "acr.fenceIsSupported" -}}
{{- if semverCompare ">=1.30.0-0" .Capabilities.KubeVersion.Version -}}
yes
{{- end -}}
{{- end }}

{{/* Variables of the fence: the names in imagePullSecrets before and after. An entry may have none. */}}
{{- define "acr.fenceEntries" -}}
- name: before
  expression: 'has(oldObject.imagePullSecrets) ? oldObject.imagePullSecrets.map(entry, has(entry.name) ? entry.name : "") : []'
- name: after
  expression: 'has(object.imagePullSecrets) ? object.imagePullSecrets.map(entry, has(entry.name) ? entry.name : "") : []'
{{- end }}

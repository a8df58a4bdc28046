{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* What the pods of both processes have in common. Takes a dict of root, component, of (its values). */}}
{{- define "acr.podSpec" -}}
# A Service named acr-webhook would inject ACR_WEBHOOK_PORT, and ACR_* variables are flags.
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
terminationGracePeriodSeconds: {{ .of.terminationGracePeriodSeconds }}
{{- with .of.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- $pods := dict "labelSelector" (dict "matchLabels" (include "acr.selector" .component | fromYaml)) }}
{{- range .of.topologySpreadConstraints }}
  - {{- toYaml (merge (deepCopy .) $pods) | nindent 4 }}
{{- else }}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "acr.selector" $.component | nindent 8 }}
{{- end }}
{{- end }}
securityContext:
  {{- toYaml .of.podSecurityContext | nindent 2 }}
{{- end }}

{{/* Takes the same. */}}
{{- define "acr.container" -}}
image: {{ include "acr.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
env:
  {{- include "acr.environment" .of | nindent 2 }}
readinessProbe:
  httpGet:
    path: /readyz
    port: health
  {{- toYaml .of.readinessProbe | nindent 2 }}
livenessProbe:
  httpGet:
    path: /healthz
    port: health
  {{- toYaml .of.livenessProbe | nindent 2 }}
resources:
  {{- toYaml .of.resources | nindent 2 }}
securityContext:
  {{- toYaml .of.securityContext | nindent 2 }}
{{- end }}

{{- define "acr.environment" -}}
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- with .extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Flags of both processes. */}}
{{- define "acr.args" -}}
- --webhook-service={{ include "acr.namespace" . }}/acr-webhook
- --config-map={{ .Values.configuration.namespace }}/{{ .Values.configuration.name }}
- --secret-name={{ .Values.secretName }}
- --log-level={{ .Values.logLevel }}
- --log-format={{ .Values.logFormat }}
{{- end }}

{{/* Flags of the cloud: of the controller and of what checks its credentials. */}}
{{- define "acr.cloudArgs" -}}
- --token-mode={{ .Values.tokenMode }}
{{- with .Values.region }}
- --region={{ . }}
{{- end }}
{{- end }}

{{- define "acr.identityMounts" -}}
{{- if .Values.managedRole.mount }}
- name: addon-token
  mountPath: /var/addon
  readOnly: true
{{- end }}
{{- if .Values.rrsa.mount }}
- name: rrsa-oidc-token
  mountPath: /var/run/secrets/ack.alibabacloud.com/rrsa-tokens
  readOnly: true
{{- end }}
{{- end }}

{{- define "acr.identityVolumes" -}}
{{- if .Values.managedRole.mount }}
# The credentials of ACK's managed role; absent where ACK does not put them.
- name: addon-token
  secret:
    secretName: {{ .Values.managedRole.secretName }}
    optional: true
    items:
      - key: addon.token.config
        path: token-config
{{- end }}
{{- if .Values.rrsa.mount }}
# What STS takes for a RAM role under RRSA. The volume is ours, so that no other webhook has to be installed.
- name: rrsa-oidc-token
  projected:
    sources:
      - serviceAccountToken:
          audience: {{ .Values.rrsa.audience }}
          expirationSeconds: {{ .Values.rrsa.expirationSeconds }}
          path: token
{{- end }}
{{- end }}

{{- define "windage.name" -}}
{{ printf "%s-windage" .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "windage.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Labels of an object of one role: dict "root" $ "role" "evaluator". */}}
{{- define "windage.selector" -}}
app.kubernetes.io/name: windage
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "windage.labels" -}}
{{ include "windage.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "windage.security" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "windage.env" -}}
- name: WINDAGE_DSN
  valueFrom:
    secretKeyRef:
      name: {{ .root.Values.clickhouse.secretName }}
      key: {{ .root.Values.clickhouse.secretKey }}
- name: GOMEMLIMIT
  value: {{ .of.goMemLimit | quote }}
{{- end }}

{{- define "windage.probes" -}}
startupProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 1
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /readyz, port: http}
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 10
  failureThreshold: 6
{{- end }}

{{/*
The sidecar as an init container that restarts always (Kubernetes 1.29): up
before the app, down after it. In your own chart:

  initContainers:
    {{- include "windage.sidecar" .Subcharts.windage | nindent 4 }}
  volumes:
    {{- include "windage.sidecar.volume" . | nindent 4 }}
*/}}
{{- define "windage.sidecar" -}}
- name: windage
  image: {{ include "windage.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  restartPolicy: Always
  {{- if .Values.gateway.enabled }}
  args:
    - run
    - --role=sidecar
    - --http=0.0.0.0:9464
    - --set=exporters.otlp.endpoint={{ include "windage.name" . }}-gateway:4317
    - --set=service.pipelines.traces.exporters=[otlp, livemetrics]
    - --set=service.pipelines.logs.exporters=[otlp, livemetrics]
    - --set=service.pipelines.metrics.exporters=[otlp, livemetrics]
    - --set=service.extensions=[file_storage, monitor]
  env:
    - name: GOMEMLIMIT
      value: {{ .Values.sidecar.goMemLimit | quote }}
  {{- else }}
  args: [run, --role=sidecar, "--http=0.0.0.0:9464"]
  env:
    {{- include "windage.env" (dict "root" . "of" .Values.sidecar) | nindent 4 }}
  {{- end }}
  ports:
    - {name: windage, containerPort: 9464}
  startupProbe:
    httpGet: {path: /readyz, port: windage}
    periodSeconds: 1
    failureThreshold: 60
  livenessProbe:
    httpGet: {path: /healthz, port: windage}
    periodSeconds: 10
    failureThreshold: 6
  resources:
    {{- toYaml .Values.sidecar.resources | nindent 4 }}
  securityContext:
    {{- include "windage.security" . | nindent 4 }}
  volumeMounts:
    - {name: windage-queue, mountPath: /var/lib/windage}
{{- end }}

{{- define "windage.sidecar.volume" -}}
- name: windage-queue
  emptyDir: {sizeLimit: 1Gi}
{{- end }}

{{- define "windage.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

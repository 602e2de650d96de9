{{/* What the pods of the service and of ingestion have in common. Each is called with the root context. */}}

{{- define "passerelle.name" -}}
{{- printf "%s" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "passerelle.labels" -}}
app.kubernetes.io/name: passerelle
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "passerelle.selector" -}}
app.kubernetes.io/name: passerelle
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "passerelle.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{- define "passerelle.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "passerelle.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "passerelle.environment" -}}
- name: PASSERELLE_DATABASE_FILE
  value: /run/secrets/passerelle/database/address
- name: PASSERELLE_OBJECTS
  value: {{ .Values.originals.address | default "/originals" }}
{{- with .Values.originals.endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . }}
{{- end }}
{{- if .Values.originals.credentialsSecret }}
- name: AWS_SHARED_CREDENTIALS_FILE
  value: /run/secrets/passerelle/originals/credentials
{{- end }}
- name: PASSERELLE_PUBLIC_URL
  value: https://{{ .Values.host }}
{{- end -}}

{{- define "passerelle.mounts" -}}
- {name: data, mountPath: /app/var}
- {name: database, mountPath: /run/secrets/passerelle/database, readOnly: true}
{{- if .Values.originals.credentialsSecret }}
- {name: originals-credentials, mountPath: /run/secrets/passerelle/originals, readOnly: true}
{{- end }}
- {name: shared, mountPath: /app/var/uploads, subPath: uploads}
- {name: shared, mountPath: /app/var/eval, subPath: eval}
{{- if not .Values.originals.address }}
- {name: shared, mountPath: /originals, subPath: originals}
{{- end }}
{{- end -}}

{{- define "passerelle.volumes" -}}
- name: database
  secret:
    secretName: {{ .Values.database.secret }}
    defaultMode: 0440
    items: [{key: {{ .Values.database.key }}, path: address}]
{{- with .Values.originals.credentialsSecret }}
- name: originals-credentials
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items: [{key: credentials, path: credentials}]
{{- end }}
- name: shared
  persistentVolumeClaim:
    claimName: {{ .Values.shared.existing | default (printf "%s-shared" (include "passerelle.name" .)) }}
{{- end -}}

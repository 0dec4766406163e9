{{- /* Written by helm/generate.py from the tables; do not edit. */ -}}
{{- define "sluice.settings" -}}
- name: OPERATOR_KAFKA_SPLITTING
  value: {{ include "sluice.text" .Values.operator.kafkaSplitting | default "false" | quote }}
- name: OPERATOR_KAFKA_SPLITTING_TOPIC_FORMAT
  value: {{ include "sluice.text" .Values.operator.kafkaSplittingTopicFormat | quote }}
- name: OPERATOR_IDLE_KAFKA_SPLIT_TTL_MILLIS
  value: {{ include "sluice.text" .Values.operator.idleKafkaSplitTtlMillis | quote }}
- name: OPERATOR_SQS_SPLITTING
  value: {{ include "sluice.text" .Values.operator.sqsSplitting | quote }}
- name: OPERATOR_SQS_SPLITTING_LINGER_TIMEOUT
  value: {{ include "sluice.text" .Values.operator.sqsSplittingLingerTimeout | quote }}
- name: OPERATOR_SQS_VISIBILITY_SECONDS
  value: {{ include "sluice.text" .Values.operator.sqsVisibilitySeconds | quote }}
- name: OPERATOR_SQS_DRAIN_PROOF_SECONDS
  value: {{ include "sluice.text" .Values.operator.sqsDrainProofSeconds | quote }}
- name: OPERATOR_SQS_DELETE_PROOF_SECONDS
  value: {{ include "sluice.text" .Values.operator.sqsDeleteProofSeconds | quote }}
- name: OPERATOR_AWS_REGION
  value: {{ include "sluice.text" .Values.operator.aws.region | quote }}
- name: OPERATOR_AWS_ENDPOINT
  value: {{ include "sluice.text" .Values.operator.aws.endpoint | quote }}
- name: OPERATOR_LOG_LEVEL
  value: {{ include "sluice.text" .Values.operator.logLevel | quote }}
- name: OPERATOR_JSON_LOG
  value: {{ include "sluice.text" .Values.operator.jsonLog | quote }}
- name: OPERATOR_INJECT_SESSION_KEY_HEADER
  value: {{ include "sluice.text" .Values.operator.injectSessionKeyHeader | quote }}
- name: OPERATOR_SESSION_SETUP_DEADLINE_SECONDS
  value: {{ include "sluice.text" .Values.operator.sessionSetupDeadlineSeconds | quote }}
- name: OPERATOR_SESSION_UNUSED_TTL_SECONDS
  value: {{ include "sluice.text" .Values.operator.sessionUnusedTtlSeconds | quote }}
- name: OPERATOR_MAX_SESSION_TIME_SECONDS
  value: {{ include "sluice.text" .Values.operator.maxSessionTimeSeconds | quote }}
- name: OPERATOR_ENDED_SESSION_KEPT_SECONDS
  value: {{ include "sluice.text" .Values.operator.endedSessionKeptSeconds | quote }}
- name: OPERATOR_SECRET_NAMESPACES
  value: {{ include "sluice.list" .Values.operator.secretNamespaces | quote }}
- name: OPERATOR_NAMESPACES
  value: {{ include "sluice.list" .Values.operator.namespaces | quote }}
- name: OPERATOR_HTTP_PORT
  value: {{ include "sluice.text" .Values.operator.httpPort | quote }}
- name: OPERATOR_METRICS
  value: {{ include "sluice.text" .Values.operator.metrics | quote }}
- name: OPERATOR_METRICS_SESSIONS
  value: {{ include "sluice.text" .Values.operator.metricsSessions | quote }}
- name: OPERATOR_UNINSTALL_DEADLINE_SECONDS
  value: {{ include "sluice.text" .Values.operator.uninstallDeadlineSeconds | quote }}
- name: OPERATOR_MAX_SPLITS
  value: {{ include "sluice.text" .Values.operator.maxSplits | quote }}
- name: OPERATOR_MAX_SESSIONS
  value: {{ include "sluice.text" .Values.operator.maxSessions | quote }}
- name: OPERATOR_MAX_SESSIONS_PER_USER
  value: {{ include "sluice.text" .Values.operator.maxSessionsPerUser | quote }}
- name: OPERATOR_DRAIN_TIMEOUT_SECONDS
  value: {{ include "sluice.text" .Values.operator.drainTimeoutSeconds | quote }}
- name: OPERATOR_LEFTOVERS
  value: {{ include "sluice.text" .Values.operator.leftovers | quote }}
- name: OPERATOR_OVERLAP
  value: {{ include "sluice.text" .Values.operator.overlap | quote }}
- name: OPERATOR_AUTO_OFFSET_RESET
  value: {{ include "sluice.text" .Values.operator.autoOffsetReset | quote }}
- name: OPERATOR_WAIT_FOR_PODS
  value: {{ include "sluice.text" .Values.operator.waitForPods | quote }}
- name: OPERATOR_PIN_DEPENDENTS
  value: {{ include "sluice.text" .Values.operator.pinDependents | quote }}
{{- end -}}
{{- define "sluice.known" -}}
["adoptDefinitions", "createNamespace", "namespace", "operator.affinity", "operator.autoOffsetReset", "operator.aws", "operator.drainTimeoutSeconds", "operator.endedSessionKeptSeconds", "operator.extraEnv", "operator.httpPort", "operator.idleKafkaSplitTtlMillis", "operator.image", "operator.imagePullPolicy", "operator.imagePullSecrets", "operator.imageTag", "operator.injectSessionKeyHeader", "operator.jsonLog", "operator.kafkaSplitting", "operator.kafkaSplittingTopicFormat", "operator.labels", "operator.leftovers", "operator.logLevel", "operator.maxSessionTimeSeconds", "operator.maxSessions", "operator.maxSessionsPerUser", "operator.maxSplits", "operator.metrics", "operator.metricsSessions", "operator.namespaces", "operator.nodeSelector", "operator.overlap", "operator.pinDependents", "operator.podAnnotations", "operator.podLabels", "operator.priorityClassName", "operator.prometheus", "operator.replicas", "operator.resources", "operator.secretNamespaces", "operator.sessionSetupDeadlineSeconds", "operator.sessionUnusedTtlSeconds", "operator.sqsDeleteProofSeconds", "operator.sqsDrainProofSeconds", "operator.sqsSplitting", "operator.sqsSplittingLingerTimeout", "operator.sqsVisibilitySeconds", "operator.tolerations", "operator.uninstallDeadlineSeconds", "operator.waitForPods", "sa.annotations", "sa.name", "sa.roleArn"]
{{- end -}}

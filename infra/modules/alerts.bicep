// The ten alarms of docs/runbook.md. What they read is what functions/Telemetry sends.
param location string
param tags object
param prefix string
param actionGroupName string
param email string
param logId string
param storeId string
@allowed(['redis', 'postgres'])
param storeKind string
param signalRId string

resource told 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'tasklane'
    emailReceivers: empty(email) ? [] : [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

// Each query answers with a number named Value; the alarm goes off where it is above the limit.
var queries = [
  {
    name: 'tasks-wait'
    says: 'Tasks wait for more than five minutes until they start.'
    query: 'AppMetrics | where Name == "tasklane.task.wait" | summarize Value = max(Max)'
    above: 300
    severity: 2
    minutes: 15
  }
  {
    name: 'tasks-stand-still'
    says: 'Tasks are created, and none has ended for a quarter of an hour.'
    query: 'AppMetrics | where Name in ("tasklane.tasks.created", "tasklane.task.attempts") | summarize Created = sumif(Sum, Name == "tasklane.tasks.created"), Ended = sumif(Sum, Name == "tasklane.task.attempts") | project Value = iff(Ended == 0, Created, real(0))'
    above: 0
    severity: 1
    minutes: 15
  }
  {
    name: 'tasks-fail'
    says: 'More than a tenth of at least twenty attempts failed.'
    query: 'AppMetrics | where Name == "tasklane.task.attempts" | summarize All = sum(Sum), Failed = sumif(Sum, tostring(Properties["task.outcome"]) in ("failed", "retried")) | project Value = iff(All >= 20, 100.0 * Failed / All, real(0))'
    above: 10
    severity: 2
    minutes: 15
  }
  {
    name: 'workers-lost'
    says: 'Tasks lost their worker: an instance stopped without giving them back.'
    query: 'AppMetrics | where Name == "tasklane.task.attempts" and tostring(Properties["task.outcome"]) == "lost" | summarize Value = sum(Sum)'
    above: 0
    severity: 2
    minutes: 15
  }
  {
    name: 'store-away'
    says: 'The task store does not answer.'
    query: 'AppDependencies | where Success == false and tostring(Properties["error.type"]) in ("store_unavailable", "outcome_unknown") | summarize Value = todouble(count())'
    above: 5
    severity: 1
    minutes: 5
  }
  {
    name: 'store-full'
    says: 'The task store takes no more tasks.'
    query: 'AppDependencies | where tostring(Properties["error.type"]) == "store_full" | summarize Value = todouble(count())'
    above: 0
    severity: 1
    minutes: 5
  }
  {
    name: 'answers-fail'
    says: 'More than one in a hundred of at least fifty requests was answered with a server error.'
    query: 'AppRequests | where isnotempty(Url) | summarize All = count(), Failed = countif(toint(ResultCode) >= 500) | project Value = iff(All >= 50, 100.0 * Failed / All, real(0))'
    above: 1
    severity: 2
    minutes: 15
  }
  {
    name: 'answers-slow'
    says: 'One request in twenty takes more than two seconds.'
    query: 'AppRequests | where isnotempty(Url) | summarize All = count(), Slow = percentile(DurationMs, 95) | project Value = iff(All >= 50, Slow, real(0))'
    above: 2000
    severity: 3
    minutes: 15
  }
]

resource alarms 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for one in queries: {
    name: '${prefix}${one.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: one.name
      description: '${one.says} See docs/runbook.md#${one.name}.'
      severity: one.severity
      enabled: true
      scopes: [logId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT${one.minutes}M'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: one.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: 'GreaterThan'
            threshold: one.above
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [told.id] }
    }
  }
]

// What the services measure of themselves, in percent.
var measures = [
  {
    name: 'store-fills'
    says: 'The task store has less than a fifth of its room left.'
    scope: storeId
    metric: storeKind == 'redis' ? 'usedmemorypercentage' : 'storage_percent'
    above: 80
    severity: 2
  }
  {
    name: 'connections-run-out'
    says: 'The SignalR service has less than a fifth of its connections left.'
    scope: signalRId
    metric: 'ConnectionQuotaUtilization'
    above: 80
    severity: 3
  }
]

resource limits 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for one in measures: {
    name: '${prefix}${one.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${one.says} See docs/runbook.md#${one.name}.'
      severity: one.severity
      enabled: true
      scopes: [one.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: one.name
            criterionType: 'StaticThresholdCriterion'
            metricName: one.metric
            operator: 'GreaterThan'
            threshold: one.above
            timeAggregation: 'Maximum'
          }
        ]
      }
      actions: [{ actionGroupId: told.id }]
    }
  }
]

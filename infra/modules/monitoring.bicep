// Traces, metrics and logs. Nothing is taken from a sender that shows no Entra token.
param location string
param tags object
param logName string
param insightsName string
param principalId string

resource log 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: logName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: log.id
    DisableLocalAuth: true
  }
}

// Monitoring Metrics Publisher: sends telemetry, reads none.
resource publishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, 'publishes')
  scope: insights
  properties: {
    description: 'The app and its host send traces and metrics.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')
  }
}

output logId string = log.id
output insightsName string = insights.name

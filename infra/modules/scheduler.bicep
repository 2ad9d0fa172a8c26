// The orchestrations: Durable Task Scheduler, billed by action.
param location string
param tags object
param name string
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
param principalId string

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    // An empty list lets nobody in. Who may is the role's to say.
    ipAllowlist: ['0.0.0.0/0']
    publicNetworkAccess: publicNetworkAccess
    sku: { name: 'Consumption' }
  }

  resource hub 'taskHubs' = {
    name: 'tasklane'
  }
}

// Durable Task Data Contributor, on the one task hub.
resource works 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scheduler::hub.id, principalId, 'works')
  scope: scheduler::hub
  properties: {
    description: 'Starts orchestrations and takes their work.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0ad04412-c4d5-4796-b79c-f76d14c8d402')
  }
}

output id string = scheduler.id
output endpoint string = scheduler.properties.endpoint

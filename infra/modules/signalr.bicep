// Live updates: SignalR Service in serverless mode. Its upstream needs a key that the app has only once it is deployed: infra/connect.sh.
param location string
param tags object
param name string
param isPrivate bool
param principalId string

resource service 'Microsoft.SignalRService/signalR@2024-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'SignalR'
  sku: { name: 'Standard_S1', tier: 'Standard', capacity: 1 }
  identity: { type: 'SystemAssigned' }
  properties: {
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
    tls: { clientCertEnabled: false }
    features: [
      { flag: 'ServiceMode', value: 'Serverless' }
      { flag: 'EnableConnectivityLogs', value: 'True' }
      { flag: 'EnableMessagingLogs', value: 'False' }
    ]
    // Browsers connect from everywhere; what the app sends comes over the private endpoint alone.
    networkACLs: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      publicNetwork: { allow: isPrivate ? ['ClientConnection'] : ['ClientConnection', 'ServerConnection', 'RESTAPI', 'Trace'] }
    }
  }
}

// SignalR Service Owner: the one built-in role that the Functions extension works with; it makes clients' tokens and sends.
resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, principalId, 'sends')
  scope: service
  properties: {
    description: 'Sends events to users and groups, and asks for the tokens of their connections.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7e4f1700-ea5a-4f59-8f37-079cfe29dce3')
  }
}

output id string = service.id
output name string = service.name
output host string = service.properties.hostName

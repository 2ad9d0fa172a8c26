// One secret that all instances of the app must share and nobody need know: the key of passes. The app's setting only refers to it.
param location string
param tags object
param name string
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
param principalId string
@secure()
param passKey string

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }

  resource pass 'secrets' = {
    name: 'pass-key'
    properties: { value: passKey }
  }
}

// Key Vault Secrets User, on the one secret.
resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault::pass.id, principalId, 'reads')
  scope: vault::pass
  properties: {
    description: 'The app\'s setting Tasklane__PassKey is read from this secret.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
  }
}

output id string = vault.id
output passKeyUri string = vault::pass.properties.secretUri

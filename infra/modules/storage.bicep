// The host's storage account, which also has the app's package, the intake's queues and its blobs.
param location string
param tags object
param name string
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
param principalId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      // Event Grid and the platform's deployment come as trusted services.
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: { deleteRetentionPolicy: { enabled: true, days: 7 } }

    resource packages 'containers' = {
      name: 'app-package'
    }

    resource imports 'containers' = {
      name: 'imports'
    }

    resource poison 'containers' = {
      name: 'tasklane-poison'
    }
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource tasks 'queues' = {
      name: 'tasklane-tasks'
    }

    resource poison 'queues' = {
      name: 'tasklane-tasks-poison'
    }
  }
}

var roles = [
  {
    // Owner, not Contributor: the host takes leases and sets metadata below containers that it makes itself.
    name: 'blobs'
    id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
    reason: 'The host keeps its locks, its keys and the app\'s package in blobs; the intake reads dropped blobs and keeps long poison texts.'
  }
  {
    name: 'queues'
    id: '974c5e8b-45b9-4653-ba55-00f855dd0fb4'
    reason: 'Takes messages of tasklane-tasks, moves refused ones to the poison queue; the blob trigger keeps its work in a queue.'
  }
  {
    name: 'tables'
    id: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
    reason: 'The host writes its diagnostic events into a table; with AzureStorage as provider also the histories of orchestrations.'
  }
]

resource may 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(account.id, principalId, role.name)
    scope: account
    properties: {
      description: role.reason
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
    }
  }
]

output id string = account.id
output name string = account.name

// The task store: Azure Managed Redis. Tasks are no cache: nothing is ever evicted, and what was written is on disk within a second.
param location string
param tags object
param name string
param sku string
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
param principalId string

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    minimumTlsVersion: '1.2'
    highAvailability: 'Enabled'
    publicNetworkAccess: publicNetworkAccess
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      port: 10000
      clientProtocol: 'Encrypted'
      // One endpoint; all of a hub's keys have one slot, as its scripts need.
      clusteringPolicy: 'EnterpriseCluster'
      evictionPolicy: 'NoEviction'
      accessKeysAuthentication: 'Disabled'
      persistence: { aofEnabled: true, aofFrequency: '1s' }
    }

    resource app 'accessPolicyAssignments' = {
      name: 'app'
      properties: {
        accessPolicyName: 'default'
        user: { objectId: principalId }
      }
    }
  }
}

output id string = cluster.id
output host string = cluster.properties.hostName

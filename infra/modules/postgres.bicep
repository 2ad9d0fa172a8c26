// The task store: PostgreSQL that knows no passwords.
param location string
param tags object
param name string
param sku string
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string
param principalId string
param principalName string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: startsWith(sku, 'Standard_B') ? 'Burstable' : 'GeneralPurpose' }
  properties: {
    version: '17'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: subscription().tenantId
    }
    storage: { storageSizeGB: 64, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: 'Disabled' }
    network: { publicNetworkAccess: publicNetworkAccess }
  }

  resource database 'databases' = {
    name: 'tasklane'
  }

  resource tls 'configurations' = {
    name: 'ssl_min_protocol_version'
    properties: { value: 'TLSv1.2', source: 'user-override' }
    dependsOn: [database]
  }

  // The app makes and completes its own schema, so it must own the database. A lesser role can only be made by SQL.
  resource app 'administrators' = {
    name: principalId
    properties: {
      principalName: principalName
      principalType: 'ServicePrincipal'
      tenantId: subscription().tenantId
    }
    dependsOn: [tls]
  }

  // 0.0.0.0 is not the internet but every address of Azure: an app outside of a network has no fixed ones. Who may is Entra's to say.
  resource azure 'firewallRules' = if (publicNetworkAccess == 'Enabled') {
    name: 'azure'
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
    dependsOn: [app]
  }
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName

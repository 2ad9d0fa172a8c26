// What main.bicep makes in its resource group: each service is a module, and each module gives the app's identity the roles it needs there.
param location string
param webLocation string
param tags object
param token string
param store string
param durableProvider string
param vnet bool
param authClientId string
param alwaysReadyHttp int
param alwaysReadyDurable int
param instanceMemoryMB int
param maximumInstanceCount int
param redisSku string
param postgresSku string
param intakeQueue bool
param intakeBlobs bool
param alertEmail string
param monthlyBudget int
param budgetStart string
@secure()
param passKey string

var abbreviations = loadJsonContent('abbreviations.json')
var publicAccess = vnet ? 'Disabled' : 'Enabled'
// Known before they are made, so that the settings do not wait for every service.
var names = {
  storage: '${abbreviations.storage}${token}'
  signalR: '${abbreviations.signalR}${token}'
  redis: '${abbreviations.redis}${token}'
  postgres: '${abbreviations.postgres}${token}'
  vault: '${abbreviations.keyVault}${token}'
  scheduler: '${abbreviations.durableTaskScheduler}${token}'
  identity: '${abbreviations.identity}${token}'
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.identity
  location: location
  tags: tags
}

module network 'modules/network.bicep' = if (vnet) {
  params: {
    location: location
    tags: tags
    name: '${abbreviations.virtualNetwork}${token}'
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    tags: tags
    logName: '${abbreviations.logAnalytics}${token}'
    insightsName: '${abbreviations.insights}${token}'
    principalId: identity.properties.principalId
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.storage
    publicNetworkAccess: publicAccess
    principalId: identity.properties.principalId
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.vault
    publicNetworkAccess: publicAccess
    principalId: identity.properties.principalId
    passKey: passKey
  }
}

module signalR 'modules/signalr.bicep' = {
  params: {
    location: location
    tags: tags
    name: names.signalR
    isPrivate: vnet
    principalId: identity.properties.principalId
  }
}

module redis 'modules/redis.bicep' = if (store == 'redis') {
  params: {
    location: location
    tags: tags
    name: names.redis
    sku: redisSku
    publicNetworkAccess: publicAccess
    principalId: identity.properties.principalId
  }
}

module postgres 'modules/postgres.bicep' = if (store == 'postgres') {
  params: {
    location: location
    tags: tags
    name: names.postgres
    sku: postgresSku
    publicNetworkAccess: publicAccess
    principalId: identity.properties.principalId
    principalName: identity.name
  }
}

module scheduler 'modules/scheduler.bicep' = if (durableProvider == 'azureManaged') {
  params: {
    location: location
    tags: tags
    name: names.scheduler
    publicNetworkAccess: publicAccess
    principalId: identity.properties.principalId
  }
}

module events 'modules/events.bicep' = if (intakeBlobs) {
  params: {
    location: location
    tags: tags
    name: '${abbreviations.eventGridSystemTopic}${token}'
    storageName: storage.outputs.name
  }
}

module api 'modules/api.bicep' = {
  params: {
    location: location
    tags: tags
    name: '${abbreviations.functionApp}${token}'
    planName: '${abbreviations.functionPlan}${token}'
    identityName: identity.name
    storageName: storage.outputs.name
    insightsName: monitoring.outputs.insightsName
    signalRHost: signalR.outputs.host
    passKeyUri: vault.outputs.passKeyUri
    store: store
    redisHost: redis.?outputs.host ?? ''
    postgresHost: postgres.?outputs.host ?? ''
    durableProvider: durableProvider
    schedulerEndpoint: scheduler.?outputs.endpoint ?? ''
    subnetId: network.?outputs.appSubnetId ?? ''
    authClientId: authClientId
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyDurable: alwaysReadyDurable
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    intakeQueue: intakeQueue
    intakeBlobs: intakeBlobs
  }
}

module web 'modules/web.bicep' = {
  params: {
    location: webLocation
    tags: union(tags, { 'azd-service-name': 'web' })
    name: '${abbreviations.staticWebApp}${token}'
    apiId: api.outputs.id
    apiLocation: location
  }
}

// One endpoint per service and kind of it, and only for the services that are there. By ids made of names: a loop must know how long it is
// before anything is made.
var endpoints = concat(
  [
    { name: 'blob', id: resourceId('Microsoft.Storage/storageAccounts', names.storage), group: 'blob', zone: 'privatelink.blob.${environment().suffixes.storage}' }
    { name: 'queue', id: resourceId('Microsoft.Storage/storageAccounts', names.storage), group: 'queue', zone: 'privatelink.queue.${environment().suffixes.storage}' }
    { name: 'table', id: resourceId('Microsoft.Storage/storageAccounts', names.storage), group: 'table', zone: 'privatelink.table.${environment().suffixes.storage}' }
    { name: 'vault', id: resourceId('Microsoft.KeyVault/vaults', names.vault), group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
    { name: 'signalr', id: resourceId('Microsoft.SignalRService/signalR', names.signalR), group: 'signalr', zone: 'privatelink.service.signalr.net' }
  ],
  store == 'redis'
    ? [{ name: 'redis', id: resourceId('Microsoft.Cache/redisEnterprise', names.redis), group: 'redisEnterprise', zone: 'privatelink.redis.azure.net' }]
    : [{ name: 'postgres', id: resourceId('Microsoft.DBforPostgreSQL/flexibleServers', names.postgres), group: 'postgresqlServer', zone: 'privatelink.postgres.database.azure.com' }],
  durableProvider == 'azureManaged'
    ? [{ name: 'scheduler', id: resourceId('Microsoft.DurableTask/schedulers', names.scheduler), group: 'scheduler', zone: 'privatelink.durabletask.io' }]
    : []
)

@batchSize(1)
module endpoint 'modules/privateEndpoint.bicep' = [
  for one in endpoints: if (vnet) {
    name: 'endpoint-${one.name}'
    params: {
      location: location
      tags: tags
      name: '${abbreviations.privateEndpoint}${one.name}-${token}'
      serviceId: one.id
      groupId: one.group
      zoneName: one.zone
      vnetId: network.?outputs.id ?? ''
      subnetId: network.?outputs.endpointSubnetId ?? ''
    }
    dependsOn: [storage, vault, signalR, redis, postgres, scheduler]
  }
]

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    tags: tags
    prefix: '${abbreviations.alert}${token}-'
    actionGroupName: '${abbreviations.actionGroup}${token}'
    email: alertEmail
    logId: monitoring.outputs.logId
    storeId: (store == 'redis' ? redis.?outputs.id : postgres.?outputs.id) ?? ''
    storeKind: store
    signalRId: signalR.outputs.id
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0 && !empty(alertEmail)) {
  params: {
    name: '${abbreviations.budget}${token}'
    amount: monthlyBudget
    start: budgetStart
    email: alertEmail
  }
}

output apiName string = api.outputs.name
output apiUrl string = api.outputs.url
output webUrl string = web.outputs.url
output signalRName string = signalR.outputs.name
output identityPrincipalId string = identity.properties.principalId
output eventTopicName string = events.?outputs.name ?? ''

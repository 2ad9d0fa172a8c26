// Everything that Tasklane is made of on Azure, for `azd up`. One identity, no key, no password, no connection string.
targetScope = 'subscription'

@description('Name of this environment: part of the resource group\'s name, and of what the unique token of all names is made of.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Where everything is made. The region must have Flex Consumption and the Durable Task Scheduler.')
@minLength(1)
param location string

@description('Where the dashboard is made: Static Web Apps are in few regions, and served from everywhere.')
@allowed(['centralus', 'eastus2', 'eastasia', 'westeurope', 'westus2'])
param webLocation string = 'westeurope'

@description('Who keeps the tasks: Azure Managed Redis, or PostgreSQL.')
@allowed(['redis', 'postgres'])
param store string = 'redis'

@description('Who keeps the orchestrations: the Durable Task Scheduler, or the storage account.')
@allowed(['azureManaged', 'AzureStorage'])
param durableProvider string = 'azureManaged'

@description('Whether all services are reached over private endpoints only, from the app\'s own network.')
param vnet bool = false

@description('Client id of the app registration that people sign in with; infra/register.sh makes it.')
@minLength(36)
param authClientId string

@description('Instances that are always up for HTTP requests. 0: the first request after a quiet time waits for a start.')
@minValue(0)
@maxValue(100)
param alwaysReadyHttp int = 1

@description('Instances that are always up for orchestrations and activities.')
@minValue(0)
@maxValue(100)
param alwaysReadyDurable int = 1

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The most instances that may run at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Size of the Redis, where it is the store.')
param redisSku string = 'Balanced_B1'

@description('Size of the PostgreSQL server, where it is the store.')
param postgresSku string = 'Standard_D2ds_v5'

@description('Whether messages of the queue tasklane-tasks become tasks.')
param intakeQueue bool = false

@description('Whether blobs dropped in the container imports become tasks, told by Event Grid.')
param intakeBlobs bool = false

@description('Who is told of alarms and of the budget; nobody when empty.')
param alertEmail string = ''

@description('The month\'s budget in the subscription\'s currency; 0 for none. It warns, it stops nothing.')
@minValue(0)
param monthlyBudget int = 100

@description('First day of the budget, the first of a month.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Signs the passes of admins who watch everybody\'s tasks. Made anew with each deployment: a pass lives ten minutes.')
@secure()
param passKey string = '${newGuid()}${newGuid()}'

var abbreviations = loadJsonContent('abbreviations.json')
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
  app: 'tasklane'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbreviations.resourceGroup}${environmentName}'
  location: location
  tags: tags
}

module resources 'resources.bicep' = {
  scope: group
  params: {
    location: location
    webLocation: webLocation
    tags: tags
    token: token
    store: store
    durableProvider: durableProvider
    vnet: vnet
    authClientId: authClientId
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyDurable: alwaysReadyDurable
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    redisSku: redisSku
    postgresSku: postgresSku
    intakeQueue: intakeQueue
    intakeBlobs: intakeBlobs
    alertEmail: alertEmail
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
    passKey: passKey
  }
}

// azd keeps these in its environment; infra/connect.sh reads them.
output AZURE_RESOURCE_GROUP string = group.name
output API_NAME string = resources.outputs.apiName
output API_URL string = resources.outputs.apiUrl
output WEB_URL string = resources.outputs.webUrl
output SIGNALR_NAME string = resources.outputs.signalRName
output IDENTITY_PRINCIPAL_ID string = resources.outputs.identityPrincipalId
output EVENT_TOPIC_NAME string = resources.outputs.eventTopicName
output AUTH_CLIENT_ID string = authClientId

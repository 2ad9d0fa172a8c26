// The function app: Flex Consumption, .NET 10 isolated, everything by its one identity.
param location string
param tags object
param name string
param planName string
param identityName string
param storageName string
param insightsName string
param signalRHost string
param passKeyUri string
param store string
param redisHost string
param postgresHost string
param durableProvider string
param schedulerEndpoint string
param subnetId string
param authClientId string
param alwaysReadyHttp int
param alwaysReadyDurable int
param instanceMemoryMB int
param maximumInstanceCount int
param intakeQueue bool
param intakeBlobs bool

var packages = 'app-package'
var taskHub = 'tasklane'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd deploys to the one resource that has this tag.
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    // Flex Consumption joins a network by this alone; all that leaves the app then goes through it.
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    keyVaultReferenceIdentity: identity.id
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packages}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: concat(
          alwaysReadyHttp > 0 ? [{ name: 'http', instanceCount: alwaysReadyHttp }] : [],
          alwaysReadyDurable > 0 ? [{ name: 'durable', instanceCount: alwaysReadyDurable }] : []
        )
      }
    }
  }

  // Nobody publishes with a password, by neither door.
  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      settingsOfAll,
      store == 'redis' ? settingsOfRedis : settingsOfPostgres,
      durableProvider == 'azureManaged' ? settingsOfScheduler : settingsOfStorageProvider
    )
  }

  resource signIn 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      globalValidation: {
        // The platform checks who comes and drops forged headers; the app refuses whoever has no principal, with a body of its own. Senders
        // of events and the services behind /runtime/webhooks sign in with keys and must get as far as the app.
        requireAuthentication: false
        unauthenticatedClientAction: 'AllowAnonymous'
      }
      httpSettings: { requireHttps: true }
      login: {
        tokenStore: { enabled: false }
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            openIdIssuer: '${environment().authentication.loginEndpoint}${subscription().tenantId}/v2.0'
            clientId: authClientId
            // Not a secret: names the setting with the identity whose token proves the app to Entra.
            clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          }
          validation: { allowedAudiences: ['api://${authClientId}', authClientId] }
        }
        // The linked dashboard signs people in itself and tells the app who they are.
        azureStaticWebApps: { enabled: true, registration: { clientId: authClientId } }
      }
    }
    dependsOn: [settings]
  }
}

var settingsOfAll = {
  AzureWebJobsStorage__accountName: storage.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  AzureSignalRConnectionString__serviceUri: 'https://${signalRHost}'
  AzureSignalRConnectionString__credential: 'managedidentity'
  AzureSignalRConnectionString__clientId: identity.properties.clientId
  // An address, whatever its name: with local authentication off the key in it opens nothing.
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identity.properties.clientId
  // Which credential Azure.Identity takes, and whose.
  AZURE_CLIENT_ID: identity.properties.clientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  Tasklane__Store: store
  Tasklane__SignIn: 'entra'
  Tasklane__PassKey: '@Microsoft.KeyVault(SecretUri=${passKeyUri})'
  Tasklane__Intake__Queue: string(intakeQueue)
  Tasklane__Intake__Blobs: intakeBlobs ? 'events' : 'off'
}

var settingsOfRedis = {
  Tasklane__Redis: '${redisHost}:10000,ssl=true,sslProtocols=Tls12|Tls13'
}

var settingsOfPostgres = {
  Tasklane__Postgres: 'Host=${postgresHost};Database=tasklane;Username=${identity.name};SSL Mode=VerifyFull'
}

// host.json stays as it is: what it says of the provider is overridden by settings.
var settingsOfScheduler = {
  AzureFunctionsJobHost__extensions__durableTask__hubName: taskHub
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'azureManaged'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'DURABLE_TASK_SCHEDULER_CONNECTION_STRING'
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${identity.properties.clientId}'
}

var settingsOfStorageProvider = {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'AzureStorage'
}

output id string = app.id
output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'

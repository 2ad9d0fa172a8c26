// The dashboard, which hands /api on to the app.
param location string
param tags object
param name string
param apiId string
param apiLocation string

resource site 'Microsoft.Web/staticSites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  // Standard: the free plan links no app of one's own.
  sku: { name: 'Standard', tier: 'Standard' }
  properties: {
    allowConfigFileUpdates: true
    stagingEnvironmentPolicy: 'Disabled'
  }

  resource api 'linkedBackends' = {
    name: 'api'
    properties: {
      backendResourceId: apiId
      region: apiLocation
    }
  }
}

output url string = 'https://${site.properties.defaultHostname}'

// Checked by tests/Tasklane.Infra.Tests; azd takes main.parameters.json.
using '../main.bicep'

param environmentName = 'redis-vnet'
param location = 'westeurope'
param store = 'redis'
param durableProvider = 'azureManaged'
param vnet = true
param authClientId = '00000000-0000-0000-0000-0000000000aa'
param intakeQueue = true
param intakeBlobs = true
param alertEmail = 'operator@example.com'
param budgetStart = '2026-01-01'
param passKey = 'made-by-each-deployment'

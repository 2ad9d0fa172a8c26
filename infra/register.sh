#!/usr/bin/env sh
# Before provisioning: the app registration that people sign in with, with the roles of app-roles.json. No secret is made; the app proves
# itself with its managed identity (connect.sh). Makes nothing where AUTH_CLIENT_ID is set already, also by hand.
set -eu
cd "$(dirname "$0")"

[ -z "${AUTH_CLIENT_ID:-}" ] || exit 0
command -v az >/dev/null || { echo "register: the Azure CLI (az) is missing; install it, or make an app registration yourself and run: azd env set AUTH_CLIENT_ID ID" >&2; exit 1; }

name="tasklane-${AZURE_ENV_NAME:?azd sets it}"
id=$(az ad app list --filter "displayName eq '$name'" --query '[0].appId' --output tsv)
[ -n "$id" ] || id=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --enable-id-token-issuance true --query appId --output tsv)
az ad app update --id "$id" --identifier-uris "api://$id" --app-roles @app-roles.json
az ad sp show --id "$id" >/dev/null 2>&1 || az ad sp create --id "$id" >/dev/null
azd env set AUTH_CLIENT_ID "$id"
echo "People sign in with the app registration $name ($id); give them its roles in Entra under Enterprise applications."

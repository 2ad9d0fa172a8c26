#!/usr/bin/env sh
# After provisioning and after a deployment: what a template cannot do without reading a key. May run as often as it likes.
#  1. The app registration trusts the app's identity, and sends people back to the app.
#  2. The SignalR service calls the app, and Event Grid tells it of blobs: both by addresses with a key of the app's, which goes from the app
#     to the service and is written nowhere else.
set -eu

group=${AZURE_RESOURCE_GROUP:?azd sets it} app=${API_NAME:?azd sets it}

if ! az ad app federated-credential list --id "$AUTH_CLIENT_ID" --query '[].name' --output tsv | grep -qx "$app"; then
    tenant=$(az account show --query tenantId --output tsv)
    az ad app federated-credential create --id "$AUTH_CLIENT_ID" --parameters "{
        \"name\": \"$app\", \"issuer\": \"https://login.microsoftonline.com/$tenant/v2.0\",
        \"subject\": \"$IDENTITY_PRINCIPAL_ID\", \"audiences\": [\"api://AzureADTokenExchange\"] }" >/dev/null
fi
az ad app update --id "$AUTH_CLIENT_ID" --web-redirect-uris "$API_URL/.auth/login/aad/callback" "$WEB_URL/.auth/login/aad/callback"

# key NAME: a system key of the app; it has one of an extension once functions of it are deployed.
key() { az functionapp keys list --resource-group "$group" --name "$app" --query "systemKeys.$1" --output tsv 2>/dev/null || true; }

signalr=$(key signalr_extension)
if [ -z "$signalr" ]; then
    echo "connect: the app has no functions yet; the deployment calls this again."
    exit 0
fi
az signalr upstream update --resource-group "$group" --name "$SIGNALR_NAME" \
    --template url-template="$API_URL/runtime/webhooks/signalr?code=$signalr" hub-pattern=tasks event-pattern=* category-pattern=messages >/dev/null

if [ -n "${EVENT_TOPIC_NAME:-}" ]; then
    az eventgrid system-topic event-subscription create --resource-group "$group" --system-topic-name "$EVENT_TOPIC_NAME" --name imports \
        --endpoint "$API_URL/runtime/webhooks/blobs?functionName=Host.Functions.TaskFromBlob&code=$(key blobs_extension)" \
        --included-event-types Microsoft.Storage.BlobCreated --subject-begins-with /blobServices/default/containers/imports/ >/dev/null
fi
echo "Live updates${EVENT_TOPIC_NAME:+ and dropped blobs} reach the app."

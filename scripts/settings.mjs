// Writes docs/settings.md from the options classes' own words; --check fails where it is not what they say.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

const folder = new URL('../functions/Tasks/', import.meta.url);
const page = new URL('../docs/settings.md', import.meta.url);

/** Options classes by name: their summary and their properties, in the order of the source. */
const classes = new Map();
for (const file of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('Options.cs')).sort()) {
  const source = readFileSync(new URL(file.replaceAll('\\', '/'), folder), 'utf8');
  let words = [];
  let current;
  for (const line of source.split('\n')) {
    const said = /^\s*\/\/\/ ?(.*)$/.exec(line);
    if (said) {
      words.push(said[1]);
      continue;
    }
    const named = /^public sealed class (\w+Options)\b/.exec(line);
    const property = /^    public ([\w<>, [\]]+) (\w+) \{ get; set; \}(?: = (.*);)?$/.exec(line);
    if (named) classes.set(named[1], (current = { summary: plain(words), properties: [] }));
    else if (property && current) current.properties.push({ type: property[1], name: property[2], value: property[3], text: plain(words) });
    words = [];
  }
}

/** A summary as plain Markdown. */
function plain(lines) {
  return lines
    .join(' ')
    .replace(/<\/?summary>/g, '')
    .replace(/<see cref="(?:[\w.]*\.)?(\w+)"\s*\/>/g, '`$1`')
    .replace(/<c>(.*?)<\/c>/g, '`$1`')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ')
    .trim();
}

function shown({ type, value }) {
  if (type === 'bool') return value ?? 'false';
  if (type.endsWith('[]') || type.startsWith('Dictionary')) return 'none';
  if (value === undefined) return type === 'string' ? 'none' : '0';
  if (value === '""') return 'none';
  return '`' + value.replaceAll('"', '').replaceAll('_', '').replace(/ \* /g, ' × ') + '`';
}

function tables(name, prefix, title) {
  const { summary, properties } = classes.get(name);
  const own = properties.filter((one) => !classes.has(one.type));
  const rows = own.map((one) => {
    const suffix = one.type.endsWith('[]') ? '__0' : one.type.startsWith('Dictionary') ? '__NAME' : '';
    return `| \`${prefix}${one.name}${suffix}\` | ${shown(one)} | ${one.text} |`;
  });
  const below = properties.filter((one) => classes.has(one.type)).map((one) => tables(one.type, `${prefix}${one.name}__`, one.name));
  return [`## ${title}\n\n${summary}\n\n| Setting | Default | |\n| --- | --- | --- |\n${rows.join('\n')}\n`, ...below].join('\n');
}

const text = `# Settings

Names as they are in the environment, in \`local.settings.json\` and on Azure; in other configuration files \`__\` is \`:\`. What is misspelt or out of
range ends the start with a sentence. This page is written by \`node scripts/settings.mjs\` from the options classes in \`functions/Tasks\`.

${tables('TasklaneOptions', 'Tasklane__', 'Tasklane')}
## Of others

| Setting | Default | |
| --- | --- | --- |
| \`APP_ENABLE_REDIS_QUEUE\`, \`APP_TASK_QUEUE_STREAM\`, \`APP_TASK_QUEUE_GROUP\` | off | The Redis stream that tasks come from, see [intake.md](intake.md) |
| \`AzureWebJobsStorage\` | none | The host's storage account, also the intake's unless told; with a managed identity \`AzureWebJobsStorage__accountName\`, \`__credential\`, \`__clientId\` |
| \`AzureSignalRConnectionString\` | none | The SignalR service; with a managed identity \`AzureSignalRConnectionString__serviceUri\`, \`__credential\`, \`__clientId\` |
| \`OTEL_EXPORTER_OTLP_ENDPOINT\` | none | Where traces and metrics go, with the other settings of OpenTelemetry |
| \`APPLICATIONINSIGHTS_CONNECTION_STRING\` | none | The same, to Azure Monitor |
| \`APPLICATIONINSIGHTS_AUTHENTICATION_STRING\` | none | Who sends them: \`Authorization=AAD\`, or \`ClientId=ID;Authorization=AAD\` for an assigned identity |
| \`AZURE_CLIENT_ID\`, \`AZURE_TOKEN_CREDENTIALS\` | none | Which identity signs in to the store where \`Tasklane__SignIn\` is entra |
| \`AzureFunctionsJobHost__extensions__durableTask__storageProvider__type\` | AzureStorage | \`azureManaged\` for the Durable Task Scheduler, with \`…__connectionStringName\` and \`…__hubName\` beside it, as \`infra/modules/api.bicep\` sets them |
`;

if (process.argv[2] !== '--check') {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8').replaceAll('\r\n', '\n') !== text) {
  console.error('docs/settings.md is not what the options classes say: run node scripts/settings.mjs');
  process.exit(1);
}

// Lists what the app and the dashboard are shipped with, and each one's licence: node scripts/licences.mjs, after a build.
// Ends with 1 where a licence is not one of those that may be passed on with the product.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const allowed = /^(\(?(MIT(-0)?|0BSD|Apache-2\.0|BSD-[23]-Clause|ISC|PostgreSQL|Unlicense|CC0-1\.0|Public-Domain|CC-BY-4\.0|Python-2\.0|BlueOak-1\.0\.0)( (OR|AND) )?)+\)?$/;

/** Packages whose own file says a text or an address instead of a name; each was read. */
const read = {
  'SourceGear.sqlite3': 'Public-Domain', // SQLite itself
  'System.Reactive.Compatibility': 'MIT', // dotnet/reactive
  'System.Security.Cryptography.ProtectedData': 'MIT', // dotnet/corefx
};

const found = [];

const assets = join(root, 'functions/obj/project.assets.json');
if (!existsSync(assets)) {
  console.error('licences: functions is not built; run dotnet build functions first.');
  process.exit(2);
}
const { libraries, packageFolders } = JSON.parse(readFileSync(assets, 'utf8'));
for (const [key, library] of Object.entries(libraries)) {
  if (library.type !== 'package') continue;
  const [name, version] = key.split('/');
  const file = Object.keys(packageFolders)
    .map((folder) => join(folder, library.path, `${name.toLowerCase()}.nuspec`))
    .find(existsSync);
  const text = file ? readFileSync(file, 'utf8') : '';
  const licence =
    /<license type="expression">([^<]+)</.exec(text)?.[1] ??
    read[name] ??
    (/<licenseUrl>[^<]*(licenses\.nuget\.org\/([^<]+)|\/(MIT|LICENSE)[^<]*)</i.exec(text)?.[2] || fileLicence(text, file) || 'unknown');
  found.push({ where: 'nuget', name, version, licence });
}

/** A licence that lies beside the package as a text. */
function fileLicence(text, nuspec) {
  const file = /<license type="file">([^<]+)</.exec(text)?.[1];
  const path = file && nuspec && join(nuspec, '..', file);
  if (!path || !existsSync(path)) return /<licenseUrl>([^<]+)</.exec(text)?.[1];
  const words = readFileSync(path, 'utf8').slice(0, 2000);
  return /Permission is hereby granted, free of charge/.test(words) ? 'MIT' : /Apache License/.test(words) ? 'Apache-2.0' : undefined;
}

const modules = join(root, 'web/node_modules');
const lock = existsSync(modules) ? JSON.parse(readFileSync(join(root, 'web/package-lock.json'), 'utf8')).packages : {};
for (const [path, entry] of Object.entries(lock)) {
  if (!path.startsWith('node_modules/') || entry.dev || entry.devOptional) continue;
  found.push({ where: 'npm', name: path.replace(/^.*node_modules\//, ''), version: entry.version, licence: entry.license ?? 'unknown' });
}

found.sort((a, b) => a.where.localeCompare(b.where) || a.name.localeCompare(b.name));
for (const { where, name, version, licence } of found) console.log(`${where}\t${name}\t${version}\t${licence}`);
const strange = found.filter(({ licence }) => !allowed.test(licence));
console.log(`${found.length} packages, ${strange.length} to be looked at`);
for (const { name, licence } of strange) console.error(`licences: ${name}: ${licence}`);
process.exitCode = strange.length > 0 ? 1 : 0;

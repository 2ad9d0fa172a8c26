// A server's address as the .NET clients want it: redis://, rediss://, postgres://, postgresql:// and mysql:// URLs are
// converted, anything else is taken to be a connection string already.
const given = process.argv[2];

function redis(url) {
  const parts = [`${url.hostname}:${url.port || 6379}`];
  if (url.username && url.username !== 'default') parts.push(`user=${decodeURIComponent(url.username)}`);
  if (url.password) parts.push(`password=${decodeURIComponent(url.password)}`);
  if (url.pathname.length > 1) parts.push(`defaultDatabase=${url.pathname.slice(1)}`);
  if (url.protocol === 'rediss:') parts.push('ssl=true');
  return parts.join(',');
}

function postgres(url) {
  const parts = [`Host=${url.hostname}`, `Port=${url.port || 5432}`, `Database=${url.pathname.slice(1) || 'tasklane'}`];
  if (url.username) parts.push(`Username=${decodeURIComponent(url.username)}`);
  if (url.password) parts.push(`Password='${decodeURIComponent(url.password).replaceAll("'", "''")}'`);
  const mode = url.searchParams.get('sslmode');
  if (mode) parts.push(`SSL Mode=${mode.replaceAll('-', '')}`);
  return parts.join(';');
}

// The hub is the database, so none is named.
function mysql(url) {
  const parts = [`Server=${url.hostname}`, `Port=${url.port || 3306}`];
  if (url.username) parts.push(`User ID=${decodeURIComponent(url.username)}`);
  if (url.password) parts.push(`Password='${decodeURIComponent(url.password).replaceAll("'", "''")}'`);
  return parts.join(';');
}

const scheme = /^(redis|rediss|postgres|postgresql|mysql):\/\//.exec(given)?.[1];
if (!scheme) console.log(given);
else if (scheme.startsWith('redis')) console.log(redis(new URL(given)));
else if (scheme === 'mysql') console.log(mysql(new URL(given)));
else console.log(postgres(new URL(given)));

// One page over /_emulator/api: a menu of sections, a list, and one thing beside it. All of what is shown is set as text.

const api = '/_emulator/api';
const $ = id => document.getElementById(id);
const [head, body] = [document.querySelector('thead'), document.querySelector('tbody')];
const refreshEvery = 2000;

let sections = [];
let drawn = { list: '', detail: '' };
let asked = 0;

// What is looked at is in the address, so that it can be shared and survives a reload: #/instances?search=x&after=y&id=z
function place() {
  const [name, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const values = new URLSearchParams(query);
  return { section: name || sections[0]?.name, search: values.get('search') ?? '', after: values.get('after') ?? '', id: values.get('id') ?? '' };
}

function hashOf(section, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  return `#/${section}${query.size ? `?${query}` : ''}`;
}

function go(change, replace = false) {
  const { section, ...rest } = { ...place(), ...change };
  const hash = hashOf(section, rest);
  if (replace) history.replaceState(null, '', hash); else history.pushState(null, '', hash);
  return refresh();
}

// The master key, where the host asks for keys: for this tab only. A link may bring it, as `code` does elsewhere.
const keyName = 'functions-key';
if (new URLSearchParams(location.search).has('code')) {
  sessionStorage.setItem(keyName, new URLSearchParams(location.search).get('code'));
  history.replaceState(null, '', location.pathname + location.hash);
}

async function call(path, options = {}) {
  const key = sessionStorage.getItem(keyName);
  const response = await fetch(api + path, key ? { ...options, headers: { ...options.headers, 'x-functions-key': key } } : options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(answer.error ?? `The host answered ${response.status}.`), { status: response.status });
  return answer;
}

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter(child => child != null));
  return element;
}

const two = number => String(number).padStart(2, '0');

function time(text) {
  const at = new Date(text);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return at.toDateString() === new Date().toDateString() ? clock : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}

function duration(ms) {
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min ${Math.floor(ms / 1000) % 60} s` : minutes < 2880 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d`;
}

function shown(value, look) {
  if (value == null || value === '') return '';
  switch (look) {
    case 'state': return make('span', `state ${value.tone}`, value.text);
    case 'time': return Object.assign(make('time', '', time(value)), { title: value });
    case 'duration': return duration(value);
    case 'code': return make('code', '', String(value));
    case 'item': return Object.assign(make('a', 'code', value.text ?? value.id), { href: hashOf(value.section, { id: value.id }) });
    case 'link': {
      const path = String(value).replace(/^\S* (?=\/)/, '');
      return path.startsWith('/') && !path.startsWith('//') ? Object.assign(make('a', 'code', String(value)), { href: path, target: '_blank', rel: 'noopener' }) : String(value);
    }
    default: return String(value);
  }
}

// It may scroll, so the keyboard has to reach it.
function box(text) {
  return Object.assign(make('pre', '', text), { tabIndex: 0 });
}

// JSON is shown indented; anything long gets a box of its own.
function data(text) {
  if (typeof text !== 'string') return null;
  if (/^\s*[[{]/.test(text)) {
    try { return box(JSON.stringify(JSON.parse(text), null, 2)); } catch { /* not JSON after all */ }
  }
  return text.length > 120 || text.includes('\n') ? box(text) : null;
}

function notice(text, isBad = false) {
  $('notice').hidden = !text;
  $('notice').className = isBad ? 'bad' : '';
  $('notice').textContent = text;
}

function drawMenu(overview, here) {
  sections = overview.sections;
  document.title = `${overview.app} · Functions host`;
  $('app').textContent = overview.app;
  $('health').className = overview.isHealthy ? '' : 'bad';
  $('health').textContent = overview.isHealthy ? 'running' : overview.faults.join(' ') || 'starting';
  $('about').textContent = `Worker ${overview.worker}. Data in ${overview.data}`;
  $('sections').replaceChildren(...sections.map(section => {
    const link = Object.assign(make('a', '', section.title), { href: hashOf(section.name, {}) });
    if (section.name === here) link.setAttribute('aria-current', 'page');
    return link;
  }));
  $('sections').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function drawList(section, list, { search, after, id }) {
  $('title').textContent = section.title;
  if ($('search') !== document.activeElement) $('search').value = search;
  const focused = document.activeElement?.closest('tr')?.dataset.id;
  head.replaceChildren(make('tr', '', ...section.columns.map(column => make('th', /number|duration/.test(column.look) ? column.look : '', column.title))));
  body.replaceChildren(...list.rows.map(row => {
    const line = make('tr', '', ...section.columns.map((column, i) => {
      const cell = make('td', column.look, shown(row.cells[i], column.look));
      cell.dataset.title = column.title;
      if (cell.textContent.length > 20) cell.title = cell.textContent;
      return cell;
    }));
    line.tabIndex = 0;
    line.dataset.id = row.id;
    line.setAttribute('aria-selected', row.id === id);
    line.onclick = () => go({ id: row.id });
    line.onkeydown = e => {
      if (e.key === 'Enter') go({ id: row.id });
      const next = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling }[e.key];
      if (next) { e.preventDefault(); next.focus(); }
    };
    return line;
  }));
  // A row that was in hand stays so when the list is drawn anew.
  if (focused !== undefined) [...body.children].find(line => line.dataset.id === focused)?.focus({ preventScroll: true });
  $('empty').hidden = list.rows.length > 0;
  $('empty').textContent = search ? `Nothing has “${search}”.` : 'Nothing here yet.';
  $('first').hidden = !after;
  $('next').hidden = !list.next;
  $('next').onclick = () => go({ after: list.next, id: '' });
}

function drawTimeline(moments) {
  const start = Math.min(...moments.map(moment => Date.parse(moment.at)));
  const end = Math.max(start + 1, ...moments.map(moment => Date.parse(moment.until ?? moment.at)));
  return make('ol', 'timeline', ...moments.map(moment => {
    const [from, to] = [Date.parse(moment.at), Date.parse(moment.until ?? moment.at)];
    const item = make('li', moment.tone,
      make('small', '', moment.until ? `${time(moment.at)} · ${duration(to - from)}` : time(moment.at)),
      make('b', '', moment.item ? shown({ ...moment.item, text: moment.title }, 'item') : moment.title));
    if (moment.until) {
      const bar = make('i');
      bar.style.marginLeft = `${Math.min(99, (from - start) / (end - start) * 100)}%`;
      bar.style.width = `${(to - from) / (end - start) * 100}%`;
      item.append(make('div', 'track', bar));
    }
    if (moment.text) item.append(data(moment.text) ?? box(moment.text));
    return item;
  }));
}

function drawDetail(section, id, detail) {
  const close = Object.assign(make('button', '', 'Close'), { onclick: () => go({ id: '' }) });
  const actions = make('div', 'actions', ...(detail.actions ?? []).map(action =>
    Object.assign(make('button', action.confirms ? 'danger' : '', action.title), { onclick: () => act(section, id, action) })));
  const fields = make('dl', '', ...detail.fields.filter(field => field.value != null && field.value !== '').map(field =>
    make('div', '', make('dt', '', field.name), make('dd', '', data(field.value) ?? shown(field.value, field.look)))));
  const focused = $('detail').contains(document.activeElement) ? document.activeElement.textContent : null;
  const scroll = $('detail').scrollTop;
  $('detail').replaceChildren(make('header', '', make('h3', '', detail.title), close));
  if (detail.actions?.length) $('detail').append(actions);
  $('detail').append(fields);
  for (const { title, moments } of detail.timelines ?? [])
    if (moments.length) $('detail').append(make('h3', '', title), drawTimeline(moments));
  $('detail').hidden = false;
  $('detail').scrollTop = scroll;
  if (focused !== null) [...$('detail').querySelectorAll('button, pre, a')].find(element => element.textContent === focused)?.focus({ preventScroll: true });
}

async function act(section, id, action) {
  const dialog = $('ask');
  const text = dialog.querySelector('textarea');
  if (action.asks || action.confirms) {
    dialog.querySelector('h3').textContent = action.confirms ? `${action.title}? This cannot be undone.` : action.title;
    dialog.querySelector('label').hidden = !action.asks;
    dialog.querySelector('label span').textContent = action.asks ?? '';
    dialog.querySelector('.strong').textContent = action.title;
    text.value = '';
    dialog.returnValue = 'no';
    dialog.showModal();
    await new Promise(closed => dialog.addEventListener('close', closed, { once: true }));
    if (dialog.returnValue !== 'yes') return;
  }
  try {
    const answer = await call(`/${section.name}/item/${action.name}?id=${encodeURIComponent(id)}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: action.asks && text.value ? text.value : null }),
    });
    notice(answer.done);
  } catch (e) {
    notice(e.message, true);
  }
  await refresh();
}

async function askForKey(isWrong) {
  const dialog = $('key');
  if (dialog.open) return;
  dialog.querySelector('p').hidden = !isWrong;
  dialog.showModal();
  await new Promise(closed => dialog.addEventListener('close', closed, { once: true }));
  const key = dialog.querySelector('input').value.trim();
  dialog.querySelector('input').value = '';
  if (dialog.returnValue !== 'yes' || !key) return;
  sessionStorage.setItem(keyName, key);
  notice('');
  await refresh();
}

async function refresh() {
  const mine = ++asked;
  try {
    const overview = await call('');
    if (mine !== asked) return;
    sections = overview.sections;
    const here = place();
    const section = sections.find(candidate => candidate.name === here.section) ?? sections[0];
    const menu = JSON.stringify([overview.sections, overview.app, overview.isHealthy, overview.faults, section.name]);
    if (menu !== drawn.menu) { drawMenu(overview, section.name); drawn.menu = menu; }
    const list = await call(`/${section.name}?${new URLSearchParams({ search: here.search, after: here.after })}`);
    const detail = here.id ? await call(`/${section.name}/item?id=${encodeURIComponent(here.id)}`).catch(e => {
      if (e.status === 404) return null;
      throw e;
    }) : null;
    if (mine !== asked) return;
    // Drawn anew only when something changed: what is selected or focused stays so.
    const now = { menu, list: JSON.stringify([section.name, here, list]), detail: JSON.stringify([here, detail]) };
    if (now.list !== drawn.list) drawList(section, list, here);
    if (!detail) $('detail').hidden = true; else if (now.detail !== drawn.detail || $('detail').hidden) drawDetail(section, here.id, detail);
    drawn = now;
    if ($('notice').dataset.lost) { delete $('notice').dataset.lost; notice(''); }
  } catch (e) {
    if (mine !== asked) return;
    $('notice').dataset.lost = '1';
    if (e.status === 401) {
      notice('This host asks for its master key.', true);
      await askForKey(sessionStorage.getItem(keyName) !== null);
      return;
    }
    notice(e instanceof TypeError ? 'The host does not answer.' : e.message, true);
  }
}

$('first').onclick = () => go({ after: '', id: '' });
$('search').oninput = () => go({ search: $('search').value, after: '', id: '' }, true);
addEventListener('popstate', () => { notice(''); refresh(); });
$('ask').querySelector('textarea').onkeydown = e => {
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); $('ask').querySelector('.strong').click(); }
};
addEventListener('keydown', e => {
  if (document.querySelector('dialog[open]')) return;
  if (e.key === '/' && document.activeElement !== $('search')) { e.preventDefault(); $('search').focus(); }
  if (e.key === 'Escape' && place().id) go({ id: '' });
});
setInterval(() => { if (!document.hidden && !$('key').open) refresh(); }, refreshEvery);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
refresh();

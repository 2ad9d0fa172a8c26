import { expect, rowOf, test } from './fixtures';
import { stormOn } from './storm';

test('typing and choosing take effect, and keep the focus, while 200 events a second come', async ({ page, api, user }) => {
  const storm = await stormOn(page);
  const word = await api.create('noop', { word: 'pelican' }, { delaySeconds: 3600, tags: ['blue'] });
  const other = await api.create('noop', { word: 'heron' }, { delaySeconds: 3600 });
  await page.goto('/tasks');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(rowOf(page, other)).toBeVisible();
  const { stop, sent } = storm(user, [word.id, other.id], 200);
  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.click();
  await search.pressSequentially('peli', { delay: 60 });
  await expect(page).toHaveURL(/q=peli/);
  // In the middle of a word: what has been found does not take the field away.
  await page.keyboard.type('can');
  await expect(search).toHaveValue('pelican');
  await expect(page).toHaveURL(/q=pelican/);
  await expect(search).toBeFocused();
  await expect(rowOf(page, other)).toHaveCount(0);
  await expect(rowOf(page, word)).toBeVisible();

  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(search).toHaveValue('');
  await expect(rowOf(page, other)).toBeVisible();
  await page.getByRole('searchbox', { name: 'Tag' }).fill('blue');
  await expect(page).toHaveURL(/tag=blue/);
  await expect(rowOf(page, other)).toHaveCount(0);
  await page.getByRole('combobox', { name: 'Type', exact: true }).selectOption('sleep');
  await expect(page.getByText('No tasks match.')).toBeVisible();
  stop();
  expect(sent()).toBeGreaterThan(300);
});

test('a tag and a type are filters by a click, text is copied by dragging, the keys do the rest', async ({ page, api }) => {
  const tagged = await api.create('noop', {}, { delaySeconds: 3600, tags: ['blue'] });
  const other = await api.create('sleep', { seconds: 1 }, { delaySeconds: 3600 });
  await page.goto('/tasks');
  await rowOf(page, tagged).getByRole('button', { name: 'blue' }).click();
  await expect(page).toHaveURL(/tag=blue/);
  await expect(rowOf(page, other)).toHaveCount(0);
  await expect(page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Pending' })).toContainText('1');
  await page.goBack();
  await expect(rowOf(page, other)).toContainText('Delayed, runs in 59 min');

  // Over a text that is no control, from its beginning to its end.
  const text = await rowOf(page, other).getByText('Delayed, runs in').boundingBox();
  if (!text) throw new Error('nothing to drag over');
  await page.mouse.move(text.x + 1, text.y + text.height / 2);
  await page.mouse.down();
  await page.mouse.move(text.x + text.width - 1, text.y + text.height / 2, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/\/tasks$/);

  await page.keyboard.press('j');
  await expect(rowOf(page, other).getByRole('link')).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await expect(rowOf(page, tagged).getByRole('checkbox')).toBeChecked();
  await page.keyboard.press('k');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search' })).toBeFocused();
  await page.keyboard.type('jx?');
  await expect(page.getByRole('searchbox', { name: 'Search' })).toHaveValue('jx?');
});

test('a page that is not there is the last one', async ({ page, api }) => {
  await api.create('noop', {}, { delaySeconds: 3600 });
  await page.goto('/tasks?page=999');
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await expect(page).toHaveURL(/\/tasks$/);
});

test('everything that matches is counted, confirmed and cancelled', async ({ page, api }) => {
  for (let n = 0; n < 23; n++) await api.create('noop', { n }, { delaySeconds: 3600, tags: ['many'] });
  const other = await api.create('noop', {}, { delaySeconds: 3600 });
  await page.goto('/tasks?tag=many');
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await page.getByRole('button', { name: 'Cancel all' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel all' });
  await expect(dialog).toContainText('23 tasks match');
  await dialog.getByRole('button', { name: 'Cancel all' }).click();
  await expect(dialog).toContainText('23 done, 0 refused');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('group', { name: 'Status' }).getByRole('button', { name: 'Cancelled' })).toContainText('23');
  await api.reach(other.id, 'pending');
});

import { expect, it } from 'vitest';
import { change, readView } from './filter';

it('an empty address is the first page of one’s own tasks', () => {
  expect(readView(new URLSearchParams())).toEqual({ filter: { page: 1, pageSize: 20, status: undefined, type: undefined, priority: undefined, q: undefined, tag: undefined, parent: undefined }, owner: undefined });
});

it('what the address says wrongly is left out', () => {
  expect(readView(new URLSearchParams('status=lost&priority=urgent&page=-3&pageSize=7')).filter).toMatchObject({ status: undefined, priority: undefined, page: 1, pageSize: 20 });
});

it('reads what change has written', () => {
  const query = change(change(new URLSearchParams(), { status: 'failed', q: 'a b', owner: 'all' }), { page: '3' });
  expect(readView(query)).toMatchObject({ filter: { status: 'failed', q: 'a b', page: 3 }, owner: 'all' });
});

it('an owner is everybody, one user, or oneself', () => {
  expect(['owner=all', 'owner=bob', 'owner=me', ''].map((query) => readView(new URLSearchParams(query)).owner)).toEqual(['all', 'bob', undefined, undefined]);
});

it('another filter begins at its first page, and an empty one is gone from the address', () => {
  expect(change(new URLSearchParams('status=failed&page=4'), { status: '' }).toString()).toBe('');
});

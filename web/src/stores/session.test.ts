import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { request } from '../api/http';
import { useSession } from './session';

let status = 200;
beforeEach(() => {
  useSession.setState({ user: { name: 'ann', ids: ['ann'], roles: [] }, ended: false, unreachable: false });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { status })));
});
afterEach(() => { vi.unstubAllGlobals(); });

it('ends when a request is refused for want of a sign-in', async () => {
  status = 401;
  await expect(request('GET', '/api/tasks')).rejects.toMatchObject({ status: 401 });
  expect(useSession.getState()).toMatchObject({ user: null, ended: true });
});

it('goes on when a request is refused for another reason', async () => {
  status = 403;
  await expect(request('GET', '/api/tasks')).rejects.toMatchObject({ status: 403 });
  expect(useSession.getState().user).not.toBeNull();
});

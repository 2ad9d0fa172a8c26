import { create } from 'zustand';
import { whenSignedOut } from '../api/http';
import { getUser } from '../api/tasks';
import type { User } from '../api/types';

interface SessionStore {
  /** undefined while unknown, null when nobody is signed in. */
  user: User | null | undefined;
  /** Somebody was signed in, and is no more. */
  ended: boolean;
  /** The server could not be asked. */
  unreachable: boolean;
  load: () => Promise<void>;
}

export const useSession = create<SessionStore>()((set, get) => ({
  user: undefined,
  ended: false,
  unreachable: false,
  load: async () => {
    try {
      const user = await getUser();
      const before = get().user;
      // The same person again is no reason to render, or to connect, anew.
      if (JSON.stringify(user) !== JSON.stringify(before)) set({ user, ended: !user && !!before });
      if (get().unreachable) set({ unreachable: false });
    } catch {
      set({ unreachable: true });
    }
  },
}));

// A request was refused for want of a sign-in: what is shown is somebody's who is not there any more.
whenSignedOut(() => { if (useSession.getState().user) useSession.setState({ user: null, ended: true }); });

export const isAdmin = (user: User | null | undefined): boolean => user?.roles.includes('admin') ?? false;

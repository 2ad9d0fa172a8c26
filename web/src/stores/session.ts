import { create } from 'zustand';
import { getUser } from '../api/tasks';
import type { User } from '../api/types';

interface SessionStore {
  /** undefined while unknown, null when nobody is signed in. */
  user: User | null | undefined;
  /** The server could not be asked. */
  unreachable: boolean;
  load: () => Promise<void>;
}

export const useSession = create<SessionStore>()((set) => ({
  user: undefined,
  unreachable: false,
  load: async () => {
    try {
      set({ user: await getUser(), unreachable: false });
    } catch {
      set({ unreachable: true });
    }
  },
}));

export const isAdmin = (user: User | null | undefined): boolean => user?.roles.includes('admin') ?? false;

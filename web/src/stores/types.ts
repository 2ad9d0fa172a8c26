import { create } from 'zustand';
import { ApiError } from '../api/http';
import { getTypes } from '../api/tasks';
import type { TaskType } from '../api/types';

interface TypesStore {
  types: TaskType[] | undefined;
  error: ApiError | undefined;
  /** Asks once; the types change only with a new version of the app. */
  load: () => Promise<void>;
}

export const useTypes = create<TypesStore>()((set, get) => ({
  types: undefined,
  error: undefined,
  load: async () => {
    if (get().types) return;
    try {
      set({ types: await getTypes(), error: undefined });
    } catch (error) {
      set({ error: ApiError.of(error) });
    }
  },
}));

import { create } from 'zustand';
import { ApiError } from '../api/http';
import { deleteSchedule, listSchedules, postPaused, postRun, type Schedule } from '../api/schedules';
import type { Owner } from '../api/tasks';
import type { Task } from '../api/types';
import { ownerOfOne } from './owner';

interface SchedulesStore {
  schedules: Schedule[];
  /** Where the rest begins; null when all are there. */
  next: string | null;
  owner: Owner;
  loaded: boolean;
  error: ApiError | null;
  fetch: (view?: { owner: Owner }) => Promise<void>;
  more: () => Promise<void>;
  pause: (id: string, paused: boolean) => Promise<void>;
  run: (id: string) => Promise<Task>;
  remove: (id: string) => Promise<void>;
}

let latest = 0;

export const useSchedules = create<SchedulesStore>()((set, get) => ({
  schedules: [],
  next: null,
  owner: undefined,
  loaded: false,
  error: null,
  fetch: async (view) => {
    const { owner } = view ?? get();
    const ticket = ++latest;
    set({ owner });
    try {
      const page = await listSchedules(owner);
      if (ticket === latest) set({ ...page, loaded: true, error: null });
    } catch (error) {
      if (ticket === latest) set({ error: ApiError.of(error) });
    }
  },
  more: async () => {
    const { next, owner } = get();
    if (next === null) return;
    try {
      const page = await listSchedules(owner, next);
      set(({ schedules }) => ({ schedules: [...schedules, ...page.schedules], next: page.next }));
    } catch (error) {
      set({ error: ApiError.of(error) });
    }
  },
  pause: async (id, paused) => {
    const changed = await postPaused(id, ownerOfOne(), paused);
    set(({ schedules }) => ({ schedules: schedules.map((one) => (one.id === id ? changed : one)) }));
  },
  run: (id) => postRun(id, ownerOfOne()),
  remove: async (id) => {
    await deleteSchedule(id, ownerOfOne());
    set(({ schedules }) => ({ schedules: schedules.filter((one) => one.id !== id) }));
  },
}));

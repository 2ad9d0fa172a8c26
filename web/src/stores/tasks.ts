import { create } from 'zustand';
import { ApiError } from '../api/http';
import { listTasks, postCancel, postRetry, postTask, type Owner } from '../api/tasks';
import type { Task, TaskEvent, TaskFilter, TaskPage, TaskRequest } from '../api/types';
import { applyEvent } from '../api/wire';
import { throttled } from './frames';
import { ownerOfOne } from './owner';

interface TaskStore {
  tasks: Task[];
  total: number;
  filter: TaskFilter;
  owner: Owner;
  loading: boolean;
  /** Another list was asked for than the one that is shown. */
  switching: boolean;
  /** What is shown is an answer: before, there was none to show. */
  loaded: boolean;
  error: ApiError | null;

  fetchTasks: (change?: Partial<TaskFilter>, view?: { owner: Owner }) => Promise<void>;
  createTask: (type: string, payload: unknown, options?: Omit<TaskRequest, 'type' | 'payload'>) => Promise<Task>;
  cancelTask: (id: string) => Promise<void>;
  retryTask: (id: string) => Promise<void>;

  onTaskCreated: (event: TaskEvent) => void;
  onTaskUpdated: (event: TaskEvent) => void;
  /** Many at once: one render, and at most one fetch a second for what events alone cannot tell. */
  onEvents: (events: TaskEvent[]) => void;
}

let latest = 0;

export const useTasks = create<TaskStore>()((set, get) => {
  const refetch = throttled(() => get().fetchTasks(), 1_000);

  const put = (task: Task): void => {
    set(({ tasks }) => ({ tasks: tasks.map((row) => (row.id === task.id && row.version <= task.version ? task : row)) }));
  };

  return {
    tasks: [],
    total: 0,
    filter: { page: 1, pageSize: 20 },
    owner: undefined,
    loading: false,
    switching: false,
    loaded: false,
    error: null,

    fetchTasks: async (change, view) => {
      const filter = { ...get().filter, ...change };
      const { owner } = view ?? get();
      const ticket = ++latest;
      set({ filter, owner, loading: true, switching: get().switching || change !== undefined });
      try {
        const page = await find(filter, owner);
        // A later fetch has been made: this answer is to a question that nobody asks any more.
        if (ticket !== latest) return;
        const known = new Map(get().tasks.map((row) => [row.id, row]));
        const tasks = page.tasks.map((row) => {
          const shown = known.get(row.id);
          // The same row again need not be rendered again.
          return shown && shown.version >= row.version ? shown : row;
        });
        set({ tasks, total: page.total, loading: false, switching: false, loaded: true, error: null });
      } catch (error) {
        if (ticket === latest) set({ loading: false, switching: false, error: ApiError.of(error) });
      }
    },

    createTask: async (type, payload, options) => {
      const task = await postTask({ type, payload, ...options });
      refetch();
      return task;
    },
    cancelTask: async (id) => { put(await postCancel(id, ownerOfOne())); },
    retryTask: async (id) => { put(await postRetry(id, ownerOfOne())); },

    onTaskCreated: (event) => { get().onEvents([event]); },
    onTaskUpdated: (event) => { get().onEvents([event]); },
    onEvents: (events) => {
      const { tasks, filter } = get();
      const at = new Map(tasks.map((row, index) => [row.id, index]));
      let next: Task[] | null = null;
      let unsure = false;
      for (const event of events) {
        const index = at.get(event.id);
        const row = index === undefined ? undefined : (next ?? tasks)[index];
        if (index === undefined || row === undefined) {
          unsure ||= event.event === 'task:created' || filter.status !== undefined;
          continue;
        }
        const changed = applyEvent(row, event);
        if (changed === row) continue;
        // A gap: something passed unseen. A status that the filter does not let through: the row does not belong here.
        const gap = event.version > row.version + 1 && event.event !== 'task:progress';
        unsure ||= gap || event.event === 'task:retrying' || (filter.status !== undefined && changed.status !== filter.status);
        next ??= [...tasks];
        next[index] = changed;
      }
      if (next) set({ tasks: next });
      if (unsure) refetch();
    },
  };
});

/** The end of an id, as rows show it. */
const idEnd = /^…?([0-9a-f]{6,31})$/i;
const mostPages = 5;
const largestPage = 200;

/** A list; of a search that looks like the end of an id and finds nothing, those of the newest thousand whose ids end so: no index knows them. */
async function find(filter: TaskFilter, owner: Owner): Promise<TaskPage> {
  const page = await listTasks(filter, owner);
  const end = idEnd.exec(filter.q ?? '')?.[1]?.toLowerCase();
  if (page.total > 0 || !end) return page;
  for (let number = 1; number <= mostPages; number++) {
    const some = await listTasks({ ...filter, q: undefined, page: number, pageSize: largestPage }, owner);
    const tasks = some.tasks.filter((task) => task.id.endsWith(end));
    if (tasks.length > 0) return { ...page, tasks, total: tasks.length };
    if (number * largestPage >= some.total) break;
  }
  return page;
}

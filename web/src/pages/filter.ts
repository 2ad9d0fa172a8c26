import type { Owner } from '../api/tasks';
import { priorities, statuses, type TaskFilter } from '../api/types';

export interface View {
  filter: TaskFilter;
  owner: Owner;
}

export const pageSizes = [20, 50, 100] as const;

/** The address says what is shown; what it says wrongly is left out. */
export function readView(query: URLSearchParams): View {
  const one = <T extends string>(name: string, allowed: readonly T[]): T | undefined => allowed.find((value) => value === query.get(name));
  const number = (name: string, otherwise: number): number => {
    const value = Number(query.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  const owner = query.get('owner');
  const size = number('pageSize', pageSizes[0]);
  return {
    filter: {
      status: one('status', statuses),
      type: query.get('type') ?? undefined,
      priority: one('priority', priorities),
      q: query.get('q') ?? undefined,
      tag: query.get('tag') ?? undefined,
      parent: query.get('parent') ?? undefined,
      page: number('page', 1),
      pageSize: pageSizes.find((known) => known === size) ?? pageSizes[0],
    },
    owner: owner === 'me' ? undefined : (owner ?? undefined),
  };
}

/** Another filter is another list: it begins at its first page. */
export function change(query: URLSearchParams, changes: Record<string, string | undefined>): URLSearchParams {
  const next = new URLSearchParams(query);
  if (!('page' in changes)) next.delete('page');
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

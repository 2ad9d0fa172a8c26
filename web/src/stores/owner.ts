import type { Owner } from '../api/tasks';
import { isAdmin, useSession } from './session';

/** Whose a single task may be: an admin opens anybody's by its id, everybody else their own. */
export const ownerOfOne = (): Owner => (isAdmin(useSession.getState().user) ? 'all' : undefined);

export const useOwnerOfOne = (): Owner => useSession((session) => (isAdmin(session.user) ? 'all' : undefined));

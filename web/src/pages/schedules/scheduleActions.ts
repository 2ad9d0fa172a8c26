import { useCallback } from 'react';
import type { Schedule } from '../../api/schedules';
import { ApiError } from '../../api/http';
import { useText } from '../../i18n';
import { useNotices } from '../../stores/notices';
import { useSchedules } from '../../stores/schedules';

/** Pause, resume, run and delete: what came of it is told. Answers whether it was done. */
export function useScheduleActions(): {
  pause: (schedule: Schedule, paused: boolean) => Promise<boolean>;
  run: (schedule: Schedule) => Promise<boolean>;
  remove: (schedule: Schedule) => Promise<boolean>;
} {
  const t = useText();
  const act = useCallback(async (run: () => Promise<unknown>, done: string): Promise<boolean> => {
    const { say } = useNotices.getState();
    try {
      await run();
      say(done);
      void useSchedules.getState().fetch();
      return true;
    } catch (thrown) {
      const error = ApiError.of(thrown);
      say(error.code === 'offline' ? t('offline') : error.message, true);
      return false;
    }
  }, [t]);
  const named = (schedule: Schedule): { name: string } => ({ name: schedule.name || schedule.task.type });
  return {
    pause: useCallback((schedule, paused) => act(() => useSchedules.getState().pause(schedule.id, paused), t(paused ? 'wasPaused' : 'wasResumed', named(schedule))), [act, t]),
    run: useCallback((schedule) => act(() => useSchedules.getState().run(schedule.id), t('wasRun', named(schedule))), [act, t]),
    remove: useCallback((schedule) => act(() => useSchedules.getState().remove(schedule.id), t('wasDeleted', named(schedule))), [act, t]),
  };
}

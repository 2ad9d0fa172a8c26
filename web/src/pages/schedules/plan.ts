import { useCallback } from 'react';
import type { Schedule } from '../../api/schedules';
import { useFormats, useText } from '../../i18n';

/** When a schedule ticks, in words. */
export function usePlan(): (schedule: Pick<Schedule, 'cron' | 'everySeconds' | 'at' | 'timeZone'>) => string {
  const t = useText();
  const { span, time } = useFormats();
  return useCallback(({ cron, everySeconds, at, timeZone }) => {
    if (cron !== null) return t('plan.cron', { cron, zone: timeZone });
    if (everySeconds !== null) return t('plan.every', { span: span(everySeconds * 1000) });
    return at === null ? '' : t('plan.at', { time: time(at) });
  }, [t, span, time]);
}

import type { TextKey } from './en';

const byCode: Record<string, TextKey> = {
  timeout: 'advice.timeout',
  worker_lost: 'advice.worker_lost',
  result_too_large: 'advice.result_too_large',
  checkpoint_too_large: 'advice.result_too_large',
  unknown_task_type: 'advice.unknown_task_type',
  handler_failed: 'advice.handler_failed',
};

/** What somebody can do about a task's error; its code is stable, its message is the handler's own. */
export const adviceFor = (code: string): TextKey => byCode[code] ?? 'advice.other';

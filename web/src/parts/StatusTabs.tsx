import { memo } from 'react';
import { statuses, type TaskStatus } from '../api/types';
import { useFormats, useText } from '../i18n';
import { useCounts } from '../stores/counts';
import { StatusIcon } from './StatusLabel';
import styles from './StatusTabs.module.css';

/** One state of tasks or all of them, each with how many there are. */
export const StatusTabs = memo(function StatusTabs({ chosen, onChoose }: { chosen: TaskStatus | undefined; onChoose: (status: TaskStatus | undefined) => void }) {
  const t = useText();
  return (
    <div role="group" aria-label={t('status')} className={styles.tabs}>
      <Tab status={undefined} chosen={chosen} onChoose={onChoose} />
      {statuses.map((status) => <Tab key={status} status={status} chosen={chosen} onChoose={onChoose} />)}
    </div>
  );
});

function Tab({ status, chosen, onChoose }: { status: TaskStatus | undefined; chosen: TaskStatus | undefined; onChoose: (status: TaskStatus | undefined) => void }) {
  const t = useText();
  const { number } = useFormats();
  const count = useCounts(({ counts }) => counts && (status ? counts[status] : Object.values(counts).reduce((sum, one) => sum + one, 0)));
  return (
    <button type="button" className={styles.tab} data-status={status} aria-pressed={status === chosen} onClick={() => { onChoose(status); }}>
      {status && <StatusIcon status={status} />}
      {status ? t(`status.${status}`) : t('all')}
      {count !== undefined && <span className={styles.count}>{number(count)}</span>}
    </button>
  );
}

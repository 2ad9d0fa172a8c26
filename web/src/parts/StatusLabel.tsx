import { IconBan, IconCircleCheck, IconCircleX, IconClock, IconPlayerPlay } from '@tabler/icons-react';
import { memo } from 'react';
import type { TaskStatus } from '../api/types';
import { useText } from '../i18n';
import styles from './StatusLabel.module.css';

const icons = {
  pending: IconClock,
  running: IconPlayerPlay,
  completed: IconCircleCheck,
  failed: IconCircleX,
  cancelled: IconBan,
} as const;

export function StatusIcon({ status, className }: { status: TaskStatus; className?: string | undefined }) {
  const Icon = icons[status];
  return <Icon size={16} stroke={2} aria-hidden className={className} />;
}

/** A status as icon, colour and word: never by colour alone. */
export const StatusLabel = memo(function StatusLabel({ status }: { status: TaskStatus }) {
  const t = useText();
  return (
    <span className={styles.label} data-status={status}>
      <StatusIcon status={status} className={styles.icon} />
      {t(`status.${status}`)}
    </span>
  );
});

import { useText } from '../i18n';
import { useLive } from '../stores/live';
import styles from './ConnectionMark.module.css';

/** Whether what is shown is live, and what happens meanwhile if not. */
export function ConnectionMark() {
  const t = useText();
  const connection = useLive((live) => live.connection);
  const full = t(connection);
  return (
    <span role="status" className={styles.mark} data-connection={connection} title={full} aria-label={full}>
      <span className={styles.dot} aria-hidden />
      {connection === 'polling' ? t('pollingShort') : full}
    </span>
  );
}

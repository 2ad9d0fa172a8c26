import type { QueueStats } from '../api/types';
import { useFormats, useText } from '../i18n';
import styles from './WorkerTable.module.css';

export function WorkerTable({ workers }: { workers: QueueStats['workers'] }) {
  const t = useText();
  const { time } = useFormats();
  return (
    <section className={`card ${styles.frame}`} aria-label={t('workers')}>
      <h2>{t('workers')}</h2>
      {workers.length === 0 ? <p className="dimmed">{t('noWorkers')}</p> : (
        <table className={styles.table}>
          <thead>
            <tr><th scope="col">{t('worker')}</th><th scope="col">{t('running')}</th><th scope="col">{t('seen')}</th></tr>
          </thead>
          <tbody>
            {workers.map((worker) => (
              <tr key={worker.name}><td className="mono">{worker.name}</td><td>{worker.running}</td><td>{time(worker.seenAt)}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

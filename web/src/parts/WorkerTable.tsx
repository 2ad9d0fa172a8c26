import type { QueueStats } from '../api/types';
import { useText } from '../i18n';
import { Moment } from './Moment';
import styles from './WorkerTable.module.css';

export function WorkerTable({ workers }: { workers: QueueStats['workers'] }) {
  const t = useText();
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
              <tr key={worker.name}><td className="mono">{worker.name}</td><td>{t('n', { n: worker.running })}</td><td><Moment at={worker.seenAt} /></td></tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

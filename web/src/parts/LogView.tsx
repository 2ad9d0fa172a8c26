import { Button, NativeSelect } from '@mantine/core';
import { useId, useState } from 'react';
import { logLevels, type LogLevel } from '../api/types';
import { useText } from '../i18n';
import { useLogs } from '../stores/logs';
import styles from './LogView.module.css';
import { Moment } from './Moment';

export function LogView({ taskId }: { taskId: string }) {
  const t = useText();
  const id = useId();
  const [level, setLevel] = useState<LogLevel>();
  const [pages, setPages] = useState(1);
  const log = useLogs(taskId, level, pages);
  return (
    <section aria-labelledby={id} className="stack tight">
      <div className="row">
        <h3 id={id}>{t('logs')}</h3>
        <NativeSelect
          className="push"
          size="xs"
          aria-label={t('level')}
          value={level ?? ''}
          data={[{ value: '', label: t('all') }, ...logLevels.map((value) => ({ value, label: t(`level.${value}`) }))]}
          onChange={(event) => {
            setPages(1);
            setLevel(logLevels.find((one) => one === event.currentTarget.value));
          }}
        />
      </div>
      {log?.total === 0 && <p className="dimmed">{t('noLogs')}</p>}
      {log && log.total > 0 && (
        <ol className={styles.lines} tabIndex={0} aria-labelledby={id}>
          {log.lines.map((line, index) => (
            <li key={index} className={styles.line} data-level={line.level}>
              <Moment at={line.at} />
              <span className={styles.level}>{t(`level.${line.level}`)}</span>
              <span className={styles.message}>{line.message}</span>
            </li>
          ))}
        </ol>
      )}
      {log && log.lines.length < log.total && (
        <Button variant="default" size="xs" onClick={() => { setPages(pages + 1); }}>{t('loadMore')}</Button>
      )}
    </section>
  );
}

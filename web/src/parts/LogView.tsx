import { Alert, Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { IconCopy, IconDownload } from '@tabler/icons-react';
import { memo, useCallback, useDeferredValue, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { logLevels, type LogLevel, type LogLine } from '../api/types';
import { useMessages, useText } from '../i18n';
import { useLog } from '../stores/logs';
import { useCopy } from './copy';
import { toText } from './logText';
import styles from './LogView.module.css';
import { Moment } from './Moment';
import { Said } from './Said';

/** Lines rendered as one piece, which what comes later leaves alone. */
const piece = 200;

/** A task's log: its end first, followed as it grows; searched and narrowed in all of it. */
export function LogView({ taskId, active }: { taskId: string; active: boolean }) {
  const t = useText();
  const said = useMessages();
  const copy = useCopy();
  const id = useId();
  const log = useLog(taskId, active);
  const [level, setLevel] = useState<LogLevel>();
  const [typed, setTyped] = useState('');
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(true);
  const sought = typed.trim().toLowerCase();
  const words = useDeferredValue(sought);
  const narrowed = level !== undefined || words !== '';
  const { all } = log;
  // What is looked for may stand before what is loaded.
  useEffect(() => { if (narrowed) void all(); }, [narrowed, all]);

  const pick = useCallback((lines: readonly LogLine[], words: string) => {
    const least = level ? logLevels.indexOf(level) : 0;
    return lines.filter((line) => logLevels.indexOf(line.level) >= least && (words === '' || `${line.message}\n${said(line.message)}`.toLowerCase().includes(words)));
  }, [level, said]);
  const shown = useMemo(() => (narrowed ? pick(log.lines, words) : log.lines), [log.lines, narrowed, pick, words]);
  const whole = async (then: (text: string) => void): Promise<void> => { then(toText(pick(await all(), sought))); };
  return (
    <section aria-labelledby={id} className="stack tight">
      <div className="row">
        <h3 id={id}>{t('logs')}</h3>
        <span className="dimmed small" role="status">{log.total > 0 && (narrowed ? t('linesOf', { n: shown.length, m: log.total }) : log.total === 1 ? t('lineOne') : t('lines', { n: log.total }))}</span>
      </div>
      {log.error && (
        <Alert color="red" role="alert">
          <div className="row">
            {t('failedToLoad', { message: log.error.code === 'offline' ? t('offline') : log.error.message })}
            <Button size="compact-xs" variant="default" onClick={() => void log.next()}>{t('tryAgain')}</Button>
          </div>
        </Alert>
      )}
      {log.total > 0 && (
        <div className={`row ${styles.tools}`}>
          <TextInput className={styles.search} size="xs" type="search" aria-label={t('searchLog')} placeholder={t('searchLog')} value={typed} onChange={(event) => { setTyped(event.currentTarget.value); }} />
          <NativeSelect
            size="xs"
            aria-label={t('level')}
            value={level ?? ''}
            data={[{ value: '', label: t('allLevels') }, ...logLevels.map((value) => ({ value, label: t(`level.${value}`) }))]}
            onChange={(event) => { setLevel(logLevels.find((one) => one === event.currentTarget.value)); }}
          />
          <Checkbox size="xs" label={t('follow')} checked={follow} onChange={(event) => { setFollow(event.currentTarget.checked); }} />
          <Checkbox size="xs" label={t('wrap')} checked={wrap} onChange={(event) => { setWrap(event.currentTarget.checked); }} />
          <Button className="push" size="compact-xs" variant="subtle" loading={log.reading} leftSection={<IconCopy size={14} aria-hidden />} aria-label={`${t('copy')}: ${t('logs')}`} onClick={() => void whole(copy)}>{t('copy')}</Button>
          <Button size="compact-xs" variant="subtle" leftSection={<IconDownload size={14} aria-hidden />} aria-label={`${t('download')}: ${t('logs')}`} onClick={() => void whole((text) => { save(`${taskId}.log`, text); })}>{t('download')}</Button>
        </div>
      )}
      {!log.loaded && !log.error && <p className="dimmed">{t('loading')}</p>}
      {log.loaded && log.total === 0 && <p className="dimmed">{t('noLogs')}</p>}
      {narrowed && log.loaded && log.total > 0 && shown.length === 0 && !log.reading && <p className="dimmed">{t('noLines')}</p>}
      {log.before > 0 && !narrowed && (
        <Button variant="default" size="xs" loading={log.reading} onClick={() => { setFollow(false); void log.earlier(); }}>{t('earlierLines', { n: log.before })}</Button>
      )}
      {shown.length > 0 && <Lines lines={shown} first={narrowed ? 0 : log.before} label={id} wrap={wrap} follow={follow} onFollow={setFollow} />}
    </section>
  );
}

function Lines({ lines, first, label, wrap, follow, onFollow }: { lines: readonly LogLine[]; first: number; label: string; wrap: boolean; follow: boolean; onFollow: (follow: boolean) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const last = useRef({ top: 0, first });
  useLayoutEffect(() => {
    const box = place.current;
    const inner = content.current;
    if (!box || !inner || !follow) return;
    // Lines have their real height only once they come into sight: the end moves until all of those have.
    const toEnd = (): void => { box.scrollTop = box.scrollHeight; };
    toEnd();
    const watch = new ResizeObserver(toEnd);
    watch.observe(inner);
    return () => { watch.disconnect(); };
  }, [follow]);
  useLayoutEffect(() => {
    // What comes in above does not move what is read: the browser holds on to it, but for the very top.
    if (first < last.current.first && place.current?.scrollTop === 0) place.current.scrollTop = 1;
    last.current.first = first;
  }, [first]);
  // Pieces begin at round places: lines that come at either end change one of them.
  const pieces: { at: number; lines: readonly LogLine[] }[] = [];
  for (let at = Math.floor(first / piece) * piece; at < first + lines.length; at += piece)
    pieces.push({ at, lines: lines.slice(Math.max(0, at - first), at + piece - first) });
  return (
    <div
      ref={place}
      role="log"
      aria-live="off"
      className={styles.lines}
      data-wrap={wrap || undefined}
      tabIndex={0}
      aria-labelledby={label}
      onScroll={({ currentTarget: box }) => {
        const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
        // Only who goes up leaves the end; lines that come in below do not.
        if (follow ? box.scrollTop < last.current.top - 2 && !atEnd : atEnd && box.scrollTop > last.current.top) onFollow(!follow);
        last.current.top = box.scrollTop;
      }}
    >
      <div ref={content}>{pieces.map((one) => <Piece key={one.at} lines={one.lines} />)}</div>
    </div>
  );
}

const Piece = memo(
  function Piece({ lines }: { lines: readonly LogLine[] }) {
    const t = useText();
    const said = useMessages();
    return (
      <div className={styles.piece}>
        {lines.map((line, index) => (
          <div key={index} className={styles.line} data-level={line.level}>
            <Moment at={line.at} />
            <span className={styles.level}>{t(`level.${line.level}`)}</span>
            <Said className={styles.message}>{said(line.message)}</Said>
          </div>
        ))}
      </div>
    );
  },
  (before, now) => before.lines.length === now.lines.length && before.lines.every((line, index) => line === now.lines[index]),
);

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

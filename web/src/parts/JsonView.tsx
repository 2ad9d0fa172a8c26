import { Button } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useId } from 'react';
import { useText } from '../i18n';
import { useCopy } from './copy';
import styles from './JsonView.module.css';
import { plain } from './plain';

/** A value as JSON to read: a text of several lines has them as lines. What is copied is JSON to the letter. */
export function JsonView({ label, value }: { label: string; value: unknown }) {
  const t = useText();
  const copy = useCopy();
  const id = useId();
  const json = JSON.stringify(value, null, 2);
  return (
    <section aria-labelledby={id} className="stack tight">
      <div className="row">
        <h3 id={id}>{label}</h3>
        <Button className="push" size="compact-xs" variant="subtle" leftSection={<IconCopy size={14} aria-hidden />} aria-label={`${t('copy')}: ${label}`} onClick={() => { copy(json); }}>{t('copy')}</Button>
      </div>
      {/* Long values scroll, and what scrolls must be reachable by keyboard. */}
      <pre className={styles.json} tabIndex={0} aria-labelledby={id} dir="auto">{plain(withLines(json))}</pre>
    </section>
  );
}

/** Escaped backslashes stay as they are: only a line's own end becomes one. */
export const withLines = (json: string): string => json.replace(/\\\\|\\r\\n|\\n|\\t/g, (escape) => (escape === '\\\\' ? escape : escape === '\\t' ? '\t' : '\n'));

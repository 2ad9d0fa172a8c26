import { useId } from 'react';
import styles from './JsonView.module.css';

export function JsonView({ label, value }: { label: string; value: unknown }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="stack tight">
      <h3 id={id}>{label}</h3>
      {/* Long values scroll, and what scrolls must be reachable by keyboard. */}
      <pre className={styles.json} tabIndex={0} aria-labelledby={id}>{JSON.stringify(value, null, 2)}</pre>
    </section>
  );
}

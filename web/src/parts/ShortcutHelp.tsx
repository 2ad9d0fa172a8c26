import { useText } from '../i18n';
import { Dialog } from './Dialog';
import styles from './ShortcutHelp.module.css';

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const t = useText();
  const keys = [['j', t('key.next')], ['k', t('key.previous')], ['Enter', t('key.open')], ['x', t('key.select')], ['/', t('key.search')], ['Esc', t('key.close')], ['?', t('key.help')]] as const;
  return (
    <Dialog size="small" title={t('shortcuts')} onClose={onClose}>
      <dl className={styles.keys}>
        {keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}
      </dl>
    </Dialog>
  );
}

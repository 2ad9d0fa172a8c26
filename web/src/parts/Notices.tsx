import { Alert } from '@mantine/core';
import { useText } from '../i18n';
import { useNotices } from '../stores/notices';
import styles from './Notices.module.css';

export function Notices() {
  const t = useText();
  const { notices, dismiss } = useNotices();
  return (
    <div role="status" className={styles.notices}>
      {notices.map(({ key, text, bad }) => (
        <Alert key={key} color={bad ? 'red' : 'blue'} role={bad ? 'alert' : 'none'} withCloseButton closeButtonLabel={t('close')} onClose={() => { dismiss(key); }}>
          {text}
        </Alert>
      ))}
    </div>
  );
}

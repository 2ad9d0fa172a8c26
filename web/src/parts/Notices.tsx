import { Alert } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useText } from '../i18n';
import { useNotices } from '../stores/notices';
import styles from './Notices.module.css';

export function Notices() {
  const t = useText();
  const notices = useNotices((store) => store.notices);
  const dismiss = useNotices((store) => store.dismiss);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Shown anew, it comes to lie over a dialog that was opened since.
    if (place.current?.matches(':popover-open')) place.current.hidePopover();
    if (notices.length > 0) place.current?.showPopover();
  }, [notices]);
  return (
    <div ref={place} popover="manual" role="status" className={styles.notices}>
      {notices.map(({ key, text, bad }) => (
        <Alert key={key} color={bad ? 'red' : 'blue'} role={bad ? 'alert' : 'none'} withCloseButton closeButtonLabel={t('close')} onClose={() => { dismiss(key); }}>
          {text}
        </Alert>
      ))}
    </div>
  );
}

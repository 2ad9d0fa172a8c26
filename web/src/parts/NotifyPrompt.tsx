import { Alert, Button } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../i18n';
import { usePreferences } from '../stores/preferences';
import styles from './NotifyPrompt.module.css';

/**
 * On the first visit: may we notify? Browsers refuse, some for good, when a page asks by itself, so the question to the
 * browser is put when the user says yes here.
 */
export function NotifyPrompt() {
  const t = useText();
  const notifyAsked = usePreferences((preferences) => preferences.notifyAsked);
  const setNotifyAsked = usePreferences((preferences) => preferences.setNotifyAsked);
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));
  if (permission !== 'default' || notifyAsked) return null;

  const ask = async (): Promise<void> => {
    setPermission(await Notification.requestPermission());
    setNotifyAsked();
  };
  return (
    <Alert className={styles.prompt} color="blue" icon={<IconBell aria-hidden />} title={t('notifyTitle')}>
      <div className="row">
        <span>{t('notifyWhy')}</span>
        <Button size="xs" onClick={() => void ask()}>{t('notifyYes')}</Button>
        <Button size="xs" variant="default" onClick={setNotifyAsked}>{t('notifyNo')}</Button>
      </div>
    </Alert>
  );
}

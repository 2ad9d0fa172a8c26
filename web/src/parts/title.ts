import { useEffect } from 'react';
import { useText } from '../i18n';

/** The name of the page shown, as tabs, histories and screen readers tell it. */
export function useTitle(title: string): void {
  const t = useText();
  const whole = `${title} – ${t('appName')}`;
  useEffect(() => { document.title = whole; }, [whole]);
}

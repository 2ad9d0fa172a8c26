import { useCallback } from 'react';
import { useText } from '../i18n';
import { useNotices } from '../stores/notices';

/** Copies a text, and says whether that worked. */
export function useCopy(): (text: string) => void {
  const t = useText();
  return useCallback((text) => {
    const { say } = useNotices.getState();
    // Only a secure origin has a clipboard.
    const copying = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error('no clipboard'));
    copying.then(() => { say(t('copied')); }, () => { say(t('notCopied'), true); });
  }, [t]);
}

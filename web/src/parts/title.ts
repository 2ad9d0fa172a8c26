import { useEffect, useId } from 'react';
import { useText } from '../i18n';

/** Of the pages that lie over one another, the topmost last. */
let titles: { key: string; title: string; layer: number }[] = [];

/** The name of the page shown, as tabs, histories and screen readers tell it; a dialog, layer 1, lies over a page, layer 0. */
export function useTitle(title: string, layer = 0): void {
  const t = useText();
  const key = useId();
  const whole = `${title} – ${t('appName')}`;
  useEffect(() => {
    titles = [...titles.filter((one) => one.key !== key), { key, title: whole, layer }].sort((a, b) => a.layer - b.layer);
    show();
  }, [key, whole, layer]);
  useEffect(() => () => {
    titles = titles.filter((one) => one.key !== key);
    show();
  }, [key]);
}

function show(): void {
  const top = titles.at(-1);
  if (top) document.title = top.title;
}

import { useEffect } from 'react';

const rowLinks = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('tr[data-task] a[href]')];

/** Moves the focus among the rows; from nowhere to the first or the last. */
function move(step: 1 | -1): void {
  const links = rowLinks();
  const row = document.activeElement?.closest('tr[data-task]');
  const at = row ? links.findIndex((link) => row.contains(link)) : -1;
  const next = at < 0 ? links.at(step > 0 ? 0 : -1) : links[at + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

const actions: Record<string, () => void> = {
  j: () => { move(1); },
  k: () => { move(-1); },
  // Opening is the link's own: Enter.
  x: () => document.activeElement?.closest('tr[data-task]')?.querySelector<HTMLElement>('input[type=checkbox]')?.click(),
  '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
};

/** Keys for the list, while nobody types and no dialog is open. */
export function useQueueKeys(onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest('input:not([type=checkbox]), textarea, select, [contenteditable]')) return;
      if (document.querySelector('dialog[open]')) return;
      const run = event.key === '?' ? onHelp : actions[event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKey);
    return () => { document.removeEventListener('keydown', onKey); };
  }, [onHelp]);
}

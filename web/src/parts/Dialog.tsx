import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { useText } from '../i18n';
import styles from './Dialog.module.css';

/**
 * The browser's own modal dialog, open for as long as it is rendered: what lies under it is out of reach, Escape closes the
 * topmost only, and the focus goes back to where it came from.
 */
export function Dialog({ title, size, onClose, children }: { title: ReactNode; size?: 'small' | 'medium'; onClose: () => void; children: ReactNode }) {
  const t = useText();
  const id = useId();
  const place = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = place.current;
    dialog?.showModal();
    // The browser would take the first button, which closes: who reads begins at the title.
    (dialog?.querySelector<HTMLElement>('[data-autofocus]') ?? dialog?.querySelector('h2'))?.focus();
    // Closed while it is still in the document: only then does the browser give the focus back.
    return () => { dialog?.close(); };
  }, []);
  return (
    <dialog
      ref={place}
      className={styles.dialog}
      data-size={size}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        // A dialog in this one lies within it for React, and its Escape comes by here.
        if (event.target === event.currentTarget) onClose();
      }}
      onPointerDown={(event) => { if (event.target === event.currentTarget) onClose(); }}
    >
      <div className={styles.content}>
        <div className={styles.header}>
          <h2 id={id} className={styles.title} tabIndex={-1}>{title}</h2>
          <ActionIcon variant="subtle" color="gray" aria-label={t('close')} onClick={onClose}><IconX size={20} aria-hidden /></ActionIcon>
        </div>
        {children}
      </div>
    </dialog>
  );
}

import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../i18n';

/** A dialog that is a page of its own: closing it leads back to what lies under it. */
export function Dialog({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const t = useText();
  return (
    <Modal opened onClose={onClose} title={<span className="dialogTitle">{title}</span>} size="min(56rem, 100%)" closeButtonProps={{ 'aria-label': t('close') }} transitionProps={{ duration: 0 }}>
      {children}
    </Modal>
  );
}

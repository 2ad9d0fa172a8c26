import { Button, Modal } from '@mantine/core';
import type { TaskStatus } from '../api/types';
import { useText } from '../i18n';

interface Props {
  /** What is to be cancelled: nothing closes the dialog. */
  statuses: readonly TaskStatus[];
  onConfirm: () => void;
  onClose: () => void;
}

export function ConfirmCancel({ statuses, onConfirm, onClose }: Props) {
  const t = useText();
  const one = statuses.length === 1;
  return (
    <Modal
      opened={statuses.length > 0}
      onClose={onClose}
      title={one ? t('cancelTitle') : t('cancelManyTitle', { n: statuses.length })}
      closeButtonProps={{ 'aria-label': t('close') }}
      centered
      zIndex={300}
    >
      <div className="stack">
        <p>{t(statuses.includes('running') ? 'cancelRunning' : 'cancelPending')}</p>
        <div className="row">
          <Button className="push" variant="default" onClick={onClose} data-autofocus>{t('keep')}</Button>
          <Button color="red" onClick={onConfirm}>{t('cancelConfirm')}</Button>
        </div>
      </div>
    </Modal>
  );
}

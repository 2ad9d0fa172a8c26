import { Button } from '@mantine/core';
import type { TaskStatus } from '../api/types';
import { useText } from '../i18n';
import { Dialog } from './Dialog';

interface Props {
  /** Of what is to be cancelled: of nothing, there is no dialog. */
  statuses: readonly TaskStatus[];
  onConfirm: () => void;
  onClose: () => void;
}

export function ConfirmCancel({ statuses, onConfirm, onClose }: Props) {
  const t = useText();
  if (statuses.length === 0) return null;
  return (
    <Dialog size="small" title={statuses.length === 1 ? t('cancelTitle') : t('cancelManyTitle', { n: statuses.length })} onClose={onClose}>
      <p>{t(statuses.includes('running') ? 'cancelRunning' : 'cancelPending')}</p>
      <div className="row">
        <Button className="push" variant="default" onClick={onClose} data-autofocus>{t('keep')}</Button>
        <Button color="red" onClick={onConfirm}>{t('cancelConfirm')}</Button>
      </div>
    </Dialog>
  );
}

import { Loader } from '@mantine/core';
import { useText } from '../i18n';

export function Waiting() {
  const t = useText();
  return <div role="status" aria-label={t('loading')} className="row"><Loader size="sm" type="dots" /></div>;
}

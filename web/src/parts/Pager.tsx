import { Button, NativeSelect } from '@mantine/core';
import { useText } from '../i18n';

interface Props {
  page: number;
  pageSize: number;
  pageSizes: readonly number[];
  total: number;
  onChange: (changes: Record<string, string | undefined>) => void;
}

export function Pager({ page, pageSize, pageSizes, total, onChange }: Props) {
  const t = useText();
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const go = (to: number): void => { onChange({ page: to > 1 ? String(to) : undefined }); };
  if (total <= Math.min(...pageSizes) && page === 1) return null;
  return (
    <nav className="row" aria-label={t('pages')}>
      <span>{t('pageOf', { page, pages })}</span>
      <Button variant="default" size="xs" disabled={page <= 1} onClick={() => { go(1); }}>{t('first')}</Button>
      <Button variant="default" size="xs" disabled={page <= 1} onClick={() => { go(page - 1); }}>{t('previous')}</Button>
      <Button variant="default" size="xs" disabled={page >= pages} onClick={() => { go(page + 1); }}>{t('next')}</Button>
      <NativeSelect
        className="push"
        size="xs"
        aria-label={t('pageSize')}
        value={String(pageSize)}
        data={pageSizes.map((size) => ({ value: String(size), label: t('perPage', { n: size }) }))}
        onChange={(event) => { onChange({ pageSize: event.currentTarget.value, page: undefined }); }}
      />
    </nav>
  );
}

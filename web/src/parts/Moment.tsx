import { memo } from 'react';
import { useFormats } from '../i18n';

/** A time as short as it can be told apart; the whole of it is under the pointer. */
export const Moment = memo(function Moment({ at }: { at: number }) {
  const { time, moment } = useFormats();
  return <time className="dimmed nowrap" dateTime={new Date(at).toISOString()} title={time(at)}>{moment(at)}</time>;
});

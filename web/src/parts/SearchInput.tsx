import { TextInput } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';

/** How long typing must rest before it is searched for, in milliseconds. */
const rest = 350;

interface Props {
  label: string;
  hint?: string;
  value: string | undefined;
  onChange: (value: string) => void;
  /** Found by the key that leads to it. */
  isSearch?: boolean;
}

/**
 * A text that is looked for once typing rests. The page around it may render as often as it likes, with whatever callback; and what comes
 * back as its value, late, does not take away what has been typed since.
 */
export function SearchInput({ label, hint, value = '', onChange, isSearch }: Props) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState({ value, sent: value });
  if (value !== known.value) {
    setKnown({ value, sent: value });
    // It was changed elsewhere: by "clear filters", a click on a tag, the browser's back.
    if (value !== known.sent) setTyped(value);
  }
  const send = useEffectEvent((text: string) => {
    setKnown((before) => ({ ...before, sent: text }));
    onChange(text);
  });
  const text = typed.trim();
  useEffect(() => {
    if (text === known.sent) return;
    const timer = setTimeout(() => { send(text); }, rest);
    return () => { clearTimeout(timer); };
  }, [text, known.sent]);
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={hint}
      title={hint}
      value={typed}
      maxLength={200}
      data-search={isSearch || undefined}
      onChange={(event) => { setTyped(event.currentTarget.value); }}
    />
  );
}
